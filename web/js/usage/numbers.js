// Numbers as people read them, the exact one on hover.

import { h } from "../base/dom.js";
import { whole } from "../base/words.js";

const compact = new Intl.NumberFormat("en", { notation: "compact" });
const percent = new Intl.NumberFormat("en", { style: "percent", maximumSignificantDigits: 2 });

/** `950`, `1.2K`, `3.4M` */
export const short = (number) => compact.format(number);
export const counted = (number, one) => `${whole(number)} ${one}${number === 1 ? "" : "s"}`;
export const share = (part, all) => percent.format(all > 0 ? part / all : 0);

export const amount = (number) => h("data", { value: number, title: whole(number) }, short(number));

/** What `amount`, as the gateway writes it with all its digits, is to people: `12.35`, `0.000223`. */
export function rounded(amount) {
  const value = Number(amount);
  const digits = value > 0 && value < 1 ? { maximumSignificantDigits: 3 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return value.toLocaleString("en-GB", digits);
}

export const price = (amount, currency) =>
  h("data", { value: amount, title: `${amount} ${currency}` }, `${rounded(amount)} `, h("small", {}, currency));
