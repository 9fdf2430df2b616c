// Line icons of 24 by 24 units; they only decorate, so assistive technology never hears of them.

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  brand: "M4 11a7 7 0 1 0 14 0a7 7 0 1 0-14 0M15 15l5 5",
  chat: "M4 5h16v11H9l-5 4z",
  compare: "M4 4h6v16H4zM14 4h6v16h-6zM6 8h2M16 8h2M6 12h2M16 12h2",
  claim: "M12 3l8 3v6c0 5-3.5 7.5-8 9c-4.500-1.500-8-4-8-9V6zM9 12l2 2 4-4",
  table: "M4 5h16v14H4zM4 10h16M10 5v14",
  analysis: "M5 20V10M11 20V4M17 20v-7M3 20h18",
  vault: "M3 7h7l2 2h9v11H3zM3 7V5h6",
  contract: "M6 3h9l4 4v14H6zM9 11h7M9 15h7",
  report: "M5 4h14v16H5zM9 16v-3M12 16V9M15 16v-5",
  legal: "M12 4v16M7 20h10M5 7h14M5 7l-2 6h5zM19 7l-3 6h5z",
  file: "M6 3h9l4 4v14H6zM15 3v4h4",
  exit: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  upload: "M12 16V5M7 9l5-5 5 5M4 20h16",
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
