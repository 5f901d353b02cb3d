import { empty, head } from "../base/parts.js";

export async function show(place) {
  place.append(head("Status"), empty("Not drawn yet.", ""));
}
