// The line drawings of the hand-off.

import { svg } from "../base/dom.js";

const PATHS = {
  you: ["M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z", "M4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5"],
  planner: ["M9 6h11M9 12h11M9 18h7", "m3.5 6 1 1 1.8-2M3.5 12l1 1 1.8-2M3.5 18l1 1 1.8-2"],
  coder: ["m8 7-5 5 5 5M16 7l5 5-5 5M13.5 5l-3 14"],
  engine: ["M7 7h10v10H7z", "M10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4"],
  gateway: ["M4 20V9a8 8 0 0 1 16 0v11M4 20h16M9 20v-9a3 3 0 0 1 6 0v9"],
  workflow: ["M5 4h6v5H5zM13 15h6v5h-6z", "M8 9v8.5h5M11 6.5h5V15"],
  more: ["M5 12h.01M12 12h.01M19 12h.01"],
  agent: ["M12 3v4M6 8h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2Z", "M9 13v2M15 13v2"],
};

export const icon = (name) =>
  svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" },
    ...(Object.hasOwn(PATHS, name) ? PATHS[name] : PATHS.agent).map((d) => svg("path", { d })));
