/** Describe elements with `h`; `patch` changes only what differs: docs/decisions/0017-widget-rendering.md. */

/** @typedef {{tag: string, key?: string, props: Record<string, any>, children: Child[]}} Description */
/** @typedef {string | Description} Child */
/** @typedef {{[name: string]: any}} Props */
/** @typedef {Child | Props | number | boolean | null | undefined | readonly any[]} Part */

/** What each element shows: the properties it was last given. @type {WeakMap<Element, Props>} */
const given = new WeakMap();
/** Set as properties: as attributes they would not change a field that was used. */
const PROPERTIES = new Set(["value", "checked"]);

/**
 * Describe an element: "tag.name" (class and part), objects are properties, the rest children.
 *
 * @param {string} tag
 * @param {...Part} parts
 * @returns {Description}
 */
export function h(tag, ...parts) {
  const [type, name] = tag.split(".");
  /** @type {Props} */
  const props = name ? { class: name, part: name } : {};
  /** @type {Child[]} */
  const children = [];
  for (const each of /** @type {any[]} */ (parts).flat(Infinity)) {
    if (typeof each === "number" || (typeof each === "string" && each)) children.push(`${each}`);
    else if (each?.tag) children.push(each);
    else if (each) Object.assign(props, each);
  }
  const { key, ...rest } = props;
  return { tag: type, key, props: rest, children };
}

/** Make the children of an element those described; what fits already stays. @param {Node} parent @param {Child[]} children */
export function patch(parent, children) {
  const rest = new Set(/** @type {Iterable<ChildNode>} */ (parent.childNodes));
  const nodes = children.map((child) => {
    const node = fitting(rest, child) ?? create(child);
    rest.delete(node);
    return node;
  });
  for (const node of rest) node.remove();
  nodes.forEach((node, n) => {
    if (parent.childNodes[n] !== node) parent.insertBefore(node, parent.childNodes[n] ?? null);
    fill(node, children[n]);
  });
}

/** @param {Set<ChildNode>} nodes @param {Child} child */
function fitting(nodes, child) {
  for (const node of nodes) {
    if (typeof child === "string") {
      if (node.nodeType === Node.TEXT_NODE) return node;
    } else if (node instanceof Element && node.localName === child.tag) {
      if (given.get(node)?.key === child.key) return node;
    }
  }
}

/** @param {Child} child @returns {ChildNode} */
function create(child) {
  if (typeof child === "string") return document.createTextNode(child);
  const element = document.createElement(child.tag);
  given.set(element, { key: child.key });
  return element;
}

/** @param {ChildNode} node @param {Child} child */
function fill(node, child) {
  if (typeof child === "string") {
    if (node.textContent !== child) node.textContent = child;
    return;
  }
  const element = /** @type {Element} */ (node);
  const { key, ...before } = given.get(element) ?? {};
  for (const name in before) if (!(name in child.props)) set(element, name, null);
  patch(element, child.children);
  for (const name in child.props) set(element, name, child.props[name]);
  given.set(element, { ...child.props, key });
}

/** @param {any} element @param {string} name @param {any} value */
function set(element, name, value) {
  if (PROPERTIES.has(name) || name.startsWith("on")) {
    if (element[name] !== value) element[name] = value;
  } else if (value == null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== `${value}`) element.setAttribute(name, `${value}`);
}
