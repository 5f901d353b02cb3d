// The line drawings of the diagram, made as SVG elements.

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  you: ["M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z", "M4.5 20c.8-3.6 3.8-5.5 7.5-5.500s6.7 1.9 7.5 5.5"],
  planner: ["M9 6h11M9 12h11M9 18h7", "m3.5 6 1 1 1.8-2M3.5 12l1 1 1.8-2M3.5 18l1 1 1.8-2"],
  coder: ["m8 7-5 5 5 5M16 7l5 5-5 5M13.5 5l-3 14"],
  engine: ["M7 7h10v10H7z", "M10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4"],
  gateway: ["M4 20V9a8 8 0 0 1 16 0v11M4 20h16M9 20v-9a3 3 0 0 1 6 0v9"],
  agent: ["M12 3v4M6 8h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2Z", "M9 13v2M15 13v2"],
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const d of PATHS[name] ?? PATHS.agent) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}
