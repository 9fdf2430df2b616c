(() => {
  // Which cell is under the pointer: the headings may be far away. Screen readers read them by themselves.
  const readout = document.createElement("p");
  readout.className = "readout";
  readout.setAttribute("aria-hidden", "true");
  document.querySelector("main").append(readout);
  const meanings = new Map(
    [...document.querySelectorAll(".legend span")].map((one) => [one.firstElementChild.textContent.trim(), one.lastChild.textContent.trim()]),
  );
  document.addEventListener("pointerover", (event) => {
    const cell = event.target.closest && event.target.closest(".map tbody td");
    if (!cell) {
      readout.textContent = "";
      return;
    }
    const run = cell.closest("table").tHead.rows[0].cells[cell.cellIndex];
    const item = cell.parentElement.cells[0].textContent;
    readout.textContent = `${item} · ${run.textContent} · ${meanings.get(cell.textContent.trim()) || "not in scope"}`;
  });
})();
