// What a person would see at a glance and axe doesn't: a page wider than the window, controls that lie on each other or are cut
// off. Both functions run in the page and return a line for each thing found.
"use strict";

exports.tooWide = () => {
  const root = document.documentElement;
  return root.scrollWidth <= window.innerWidth ? [] : [`the page is ${root.scrollWidth} px wide in a window of ${window.innerWidth} px`];
};

exports.misplaced = () => {
  const found = [];
  const named = (element) => `${element.tagName.toLowerCase()} "${(element.innerText || element.name || element.id || "").trim().slice(0, 40)}"`;
  const isShown = (element) => {
    const style = getComputedStyle(element);
    return element.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true }) && style.clipPath === "none" && !element.classList.contains("skip");
  };
  const controls = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")].filter(isShown);
  // What scrolls by itself may hold more than it shows.
  const scrolls = (element) => {
    for (let at = element.parentElement; at && at !== document.body; at = at.parentElement) {
      if (/auto|scroll/.test(getComputedStyle(at).overflowX + getComputedStyle(at).overflowY) && (at.scrollWidth > at.clientWidth + 1 || at.scrollHeight > at.clientHeight + 1)) return true;
    }
    return false;
  };
  const boxes = controls.filter((it) => !scrolls(it)).map((element) => ({ element, rects: [...element.getClientRects()] }));
  for (const { element, rects } of boxes) {
    for (const rect of rects) {
      if (rect.left < -1 || rect.right > window.innerWidth + 1) found.push(`${named(element)} is cut off by the window`);
    }
    if (/^(BUTTON|SELECT)$/.test(element.tagName) && element.scrollWidth > element.clientWidth + 1) found.push(`${named(element)} doesn't hold its text`);
  }
  for (const [index, one] of boxes.entries()) {
    for (const other of boxes.slice(index + 1)) {
      if (one.element.contains(other.element) || other.element.contains(one.element)) continue;
      const meets = one.rects.some((a) => other.rects.some((b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2));
      if (meets) found.push(`${named(one.element)} and ${named(other.element)} lie on each other`);
    }
  }
  // Texts that a box hides a part of.
  for (const element of document.querySelectorAll("main :not(input, select, textarea)")) {
    const style = getComputedStyle(element);
    if (/hidden|clip/.test(style.overflowX) && style.clipPath === "none" && element.scrollWidth > element.clientWidth + 1 && isShown(element)) {
      found.push(`${named(element)} hides a part of its text`);
    }
  }
  return found;
};
