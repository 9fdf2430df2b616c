// What the server wrote into the page: where the other origins are, and whether a session cookie came along.
export const config = JSON.parse(document.getElementById("config").textContent);
