// What every script of the console's tests starts from: chromium, pages that are watched, steps that name themselves when they
// fail. Standard input is the JSON of testkit's `Browser::run`; what `body` returns is printed as JSON.
"use strict";

const fs = require("fs");
const path = require("path");

const modules = process.argv[2];
const { chromium } = require(path.join(modules, "playwright-core"));
const AXE = path.join(modules, "axe-core", "axe.min.js");

/// How long one click or one page may take on a machine that builds beside it, in milliseconds.
const PATIENCE = 60_000;

class Session {
  constructor(browser, input) {
    this.browser = browser;
    this.given = input.given;
    this.pictures = input.pictures;
    this.faults = [];
    this.page = null;
    this.at = "start";
  }

  /// A page in a fresh context (no cookies), whose requests, console and violations of the policy are watched.
  async open(options = {}) {
    const context = await this.browser.newContext({
      baseURL: this.given.url, locale: "en-GB", timezoneId: "UTC", viewport: { width: 1280, height: 800 }, reducedMotion: "reduce",
      ignoreHTTPSErrors: true, ...options,
    });
    context.setDefaultTimeout(PATIENCE);
    await context.addInitScript({ path: AXE });
    const origin = new URL(this.given.url).origin;
    context.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol !== "data:" && url.origin !== origin) this.fault(`a request to ${request.url()}`);
    });
    context.on("weberror", (error) => this.fault(`an error in a script: ${error.error()}`));
    context.on("console", (message) => {
      // The browser itself says of each refused form that its status is 400: that is no fault of the page.
      const status = /^Failed to load resource: the server responded with a status of 4\d\d /.test(message.text());
      const loud = message.type() === "error" || message.type() === "warning";
      if (loud && !(status && this.expectsRefusal)) this.fault(`on the console: ${message.text()}`);
    });
    this.page = await context.newPage();
    return this.page;
  }

  fault(text) {
    this.faults.push(`${this.at}: ${text} (${this.page ? this.page.url() : ""})`);
  }

  /// One thing that a person does; when it fails, the error names it and where its screenshot is.
  async step(name, deed) {
    this.at = name;
    try {
      return await deed(this.page);
    } catch (error) {
      throw new Error(`step \`${name}\` failed${await this.picture(name)}:\n${error.message}`);
    }
  }

  async picture(name) {
    if (!this.page) return "";
    const file = path.join(this.pictures, `${name.replace(/[^\w]+/g, "-")}.png`);
    try {
      await this.page.screenshot({ path: file, fullPage: true });
      const text = await this.page.locator("body").innerText();
      return ` at ${this.page.url()}, screenshot ${file}, the page says:\n${text}\n`;
    } catch (error) {
      return ` at ${this.page.url()}, no screenshot (${error.message})`;
    }
  }

  /// What axe finds on the page by WCAG 2.1 AA, a line each: the rule and where.
  axe() {
    return this.page.evaluate(async (tags) => {
      const { violations } = await window.axe.run(document, { runOnly: { type: "tag", values: tags } });
      return violations.flatMap(({ id, nodes }) => nodes.map(({ target, any }) => `${id}: ${target.join(" ")}: ${any.map((it) => it.message).join("; ")}`));
    }, ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]);
  }

  /// A screenshot as WebP, which is a third of the PNG; the browser itself turns the one into the other.
  async webp(png) {
    this.painter ??= await (await this.browser.newContext()).newPage();
    const data = await this.painter.evaluate(async (base64) => {
      const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob();
      const picture = await createImageBitmap(blob);
      const canvas = new OffscreenCanvas(picture.width, picture.height);
      canvas.getContext("2d").drawImage(picture, 0, 0);
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/webp", quality: 0.2 })).arrayBuffer());
      let text = "";
      for (const byte of bytes) text += String.fromCharCode(byte);
      return btoa(text);
    }, png.toString("base64"));
    return Buffer.from(data, "base64");
  }

  /// Goes to a page below /-/console/ and expects this status.
  async visit(below, status = 200) {
    this.expectsRefusal = status >= 400;
    const response = await this.page.goto(`/-/console/${below}`);
    this.expectsRefusal = false;
    if (response.status() !== status) throw new Error(`${below} answers ${response.status()}, not ${status}`);
    return response;
  }
}

/// Chromium in its sandbox, where it can have one: root can't, nor who may make no user namespaces. All that is opened is our own server's.
async function launch(executablePath) {
  const start = (chromiumSandbox) => chromium.launch({ executablePath, headless: true, chromiumSandbox });
  if (process.getuid() === 0) return start(false);
  try {
    return await start(true);
  } catch (error) {
    if (!/sandboxing failed/.test(error.message)) throw error;
    process.stderr.write("chromium runs without its sandbox: this user may make no user namespaces\n");
    return start(false);
  }
}

/// Runs `body` with a session, prints what it returns, and fails where a page did what it must not.
exports.run = async (body) => {
  const input = JSON.parse(fs.readFileSync(0, "utf8"));
  const browser = await launch(input.chromium);
  const session = new Session(browser, input);
  try {
    const seen = await body(session);
    if (session.faults.length > 0) throw new Error(session.faults.join("\n"));
    process.stdout.write(JSON.stringify(seen ?? null));
  } catch (error) {
    process.stderr.write(`${[...new Set([...error.message.split("\n"), ...session.faults])].join("\n")}\n`);
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
};
