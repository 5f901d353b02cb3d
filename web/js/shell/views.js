// The views there are. Each is loaded when it is first opened.
//
// A view's module exports `show(place, { id, params }, signal)`: draws into `place`, an empty
// element, and stops all it does once `signal` is aborted. What it throws is told in its place.

export const VIEWS = [
  { name: "ask", title: "Ask", load: () => import("../ask/view.js") },
  { name: "tasks", title: "Tasks", load: () => import("../tasks/view.js") },
  { name: "memory", title: "Memory", load: () => import("../memory/view.js") },
  { name: "usage", title: "Usage", load: () => import("../usage/view.js") },
  { name: "agents", title: "Agents", load: () => import("../agents/view.js") },
  { name: "status", title: "Status", scope: "admin", load: () => import("../status/view.js") },
  { name: "me", title: "Me", load: () => import("../me/view.js") },
];
