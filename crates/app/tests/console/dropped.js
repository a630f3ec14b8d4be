// Drops files on the text areas that take them, as a hand does: PEM, DER, two at once, one that is too large beside one that isn't, JSON.
"use strict";

const { run } = require("./driver.js");
const { signIn } = require("./clicks.js");

/// Files are pairs of a name and the content in base64.
const drop = async (area, files) => {
  const dataTransfer = await area.page().evaluateHandle((all) => {
    const transfer = new DataTransfer();
    for (const [name, base64] of all) {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
    }
    return transfer;
  }, files);
  for (const event of ["dragenter", "dragover", "drop"]) await area.dispatchEvent(event, { dataTransfer });
};

/// Files are read after the event: waits until the area holds this.
const holds = async (area, text) => area.page().waitForFunction(
  ([element, wanted]) => element.value === wanted, [await area.elementHandle(), text]);

run(async (session) => {
  await session.open();
  await signIn(session);
  const { page, given } = session;
  const base64 = (text) => Buffer.from(text).toString("base64");
  const [pem, der] = [["root.crt", base64(given.pem)], ["root.der", given.der]];
  const large = ["too-large.crt", base64("x".repeat(1_048_577))];
  await session.visit("trust-anchors/create");
  const certificates = page.getByLabel("CA certificates, PEM");
  const told = page.getByRole("alert");
  for (const [name, files, wanted] of [
    ["drop PEM", [pem], given.pem],
    ["drop DER", [der], given.pem],
    ["drop two", [pem, der], given.pem + given.pem],
    ["drop one that is too large beside another", [large, der], given.pem],
  ]) {
    await session.step(name, async () => {
      await certificates.fill("");
      await drop(certificates, files);
      await holds(certificates, wanted);
    });
  }
  await session.step("be told of the one that is too large, and keep what was there", async () => {
    const left = "Too large, and left out: too-large.crt. A file may have 1 MiB.";
    if (await told.innerText() !== left) throw new Error(await told.innerText());
    await drop(certificates, [large]);
    if (await certificates.inputValue() !== given.pem) throw new Error("the certificate is gone");
    await drop(certificates, [pem]);
    await told.waitFor({ state: "detached" });
  });
  await session.step("look at what was dropped", async () => {
    await page.getByLabel("Name", { exact: true }).fill("dropped");
    await page.getByRole("button", { name: "Look at the certificates" }).click();
    await page.getByRole("heading", { name: "What would be trusted" }).waitFor();
  });
  await session.step("drop a session policy", async () => {
    await session.visit("profiles/create");
    const policy = page.getByLabel("Session policy, JSON");
    await drop(policy, [["policy.json", base64("{\"Version\": \"2012-10-17\"}\n")]]);
    await holds(policy, "{\"Version\": \"2012-10-17\"}\n");
  });
});
