/** What is on the page: shows, moves the focus, tells of events. */

import { patch } from "./render.js";
import { styles } from "./style.js";

/** @typedef {import("./render.js").Child} Child */

export class Stage {
  #host;
  #shadow;
  #describe;
  #isBusy = false;
  #isDue = false;

  /** @param {HTMLElement} host @param {ShadowRoot} shadow @param {() => Child[]} describe */
  constructor(host, shadow, describe) {
    this.#host = host;
    this.#shadow = shadow;
    this.#describe = describe;
    this.dress();
  }

  /** Show what is; who asks for it meanwhile (an element that goes loses the focus) is heard after. */
  render() {
    this.#isDue = true;
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      while (this.#isDue) {
        this.#isDue = false;
        patch(this.#shadow, this.#describe());
      }
    } finally {
      this.#isBusy = false;
    }
  }

  /** Take a style sheet on, once. @param {string} [css] */
  dress(css) {
    const sheet = styles(css);
    const { adoptedStyleSheets: worn } = this.#shadow;
    if (!worn.includes(sheet)) this.#shadow.adoptedStyleSheets = [...worn, sheet];
  }

  /** Tell the page. @param {string} name @param {object} detail */
  emit(name, detail) {
    this.#host.dispatchEvent(new CustomEvent(`callback-${name}`, { detail, bubbles: true, composed: true }));
  }

  /** Whether that is shown. @param {string} id */
  has(id) {
    return !!this.#shadow.getElementById(id);
  }

  /** Return the first of these that are shown, in the order of the page. @param {string[]} ids */
  firstOf(ids) {
    return [...this.#shadow.querySelectorAll("[id]")].find(({ id }) => ids.includes(id))?.id;
  }

  get hasFocus() {
    return !!this.#shadow.activeElement;
  }

  /** Whether one of these has the focus. @param {...string} ids */
  isFocused(...ids) {
    return ids.includes(this.#shadow.activeElement?.id ?? "");
  }

  /** Move the focus to the first of these that is shown, and bring it in sight. @param {...string} ids */
  focusOn(...ids) {
    const id = ids.find((each) => this.has(each));
    if (!id) return;
    this.#shadow.getElementById(id)?.focus({ preventScroll: true });
    this.reveal(id);
  }

  /** Move the focus to the first thing that can be done. */
  focusFirst() {
    /** @type {HTMLElement | null} */ (this.#shadow.querySelector("input, button"))?.focus();
  }

  /** Bring in sight. @param {string} id */
  reveal(id) {
    this.#shadow.getElementById(id)?.scrollIntoView({ block: "nearest" });
  }
}
