// What is looked at on a page as it stands: axe in light and dark, layout at 360 and 1280 px, and a picture of each where
// `given.screenshots` names a folder. Called by the scripts that come to pages, which say what kind of page it is.
"use strict";

const fs = require("fs");
const path = require("path");
const layout = require("./layout.js");

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 360, height: 740 };
/// What is kept of a long page, in pixels.
const HIGHEST = 1500;

function fileOf(kind) {
  return kind.replace(/:/g, "").replace(/[^\w-]+/g, "-").replace(/^-|-$/g, "") || "home";
}

exports.Eye = class {
  constructor(session) {
    this.session = session;
    this.found = [];
    this.looked = new Set();
  }

  /// Looks at the page as it stands, and keeps its pictures if they are wanted of this one.
  async look(kind, isPictured = true) {
    const { page, given } = this.session;
    this.looked.add(kind);
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await page.evaluate(() => document.querySelectorAll("main details").forEach((it) => { it.open = true; }));
    for (const [size, scheme] of [[WIDE, "light"], [NARROW, "light"], [WIDE, "dark"]]) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      const note = (line) => this.found.push(`${kind} at ${size.width} px in ${scheme}: ${line}`);
      (await this.session.axe()).forEach(note);
      (await page.evaluate(layout.tooWide)).forEach(note);
      (await page.evaluate(layout.misplaced)).forEach(note);
      if (isPictured && given.screenshots && (scheme === "light" || given.dark.includes(kind))) await this.keep(kind, size, scheme);
    }
    await page.setViewportSize(WIDE);
  }

  async keep(kind, size, scheme) {
    if (this.session.given.pictured && !this.session.given.pictured.includes(kind)) return;
    const name = `${this.session.given.prefix}${fileOf(kind)}-${size.width}${scheme === "dark" ? "-dark" : ""}.webp`;
    const whole = await this.session.page.evaluate(() => document.documentElement.scrollHeight);
    const clip = { x: 0, y: 0, width: size.width, height: Math.min(whole, HIGHEST) };
    const png = await this.session.page.screenshot({ fullPage: true, clip, animations: "disabled", caret: "hide" });
    fs.writeFileSync(path.join(this.session.given.screenshots, name), await this.session.webp(png));
  }
};
