// A table of `life.py` by the AWS SDK for JavaScript, as far as its version knows the operations. Arguments: the folder of its
// modules, the file with what it needs to know. Prints how many operations went well and how many errors were met.
"use strict";

const fs = require("fs");
const path = require("path");

const context = JSON.parse(fs.readFileSync(process.argv[3]));
const table = JSON.parse(fs.readFileSync(path.join(__dirname, context.table || "whole_life.json")));
const service = context.service || "rolesanywhere";
const sdk = require(path.join(process.argv[2], `@aws-sdk/client-${service}`));
const Client = { rolesanywhere: "RolesAnywhereClient", iam: "IAMClient" }[service];
const names = { ...context.names, client: "js" };
const STATUS = {
  ValidationException: 400, AccessDeniedException: 403, ResourceNotFoundException: 404, TooManyTagsException: 400,
  ServiceUnavailableException: 503,
  NoSuchEntity: 404, EntityAlreadyExists: 409, LimitExceeded: 409, DeleteConflict: 409, InvalidInput: 400,
  MalformedPolicyDocument: 400, PolicyNotAttachable: 400, UnmodifiableEntity: 400, AccessDenied: 403,
};

const clients = Object.fromEntries(Object.entries(context.identities).map(([whom, who]) => [whom, new sdk[Client]({
  region: "us-east-1", endpoint: who.AWS_ENDPOINT_URL, maxAttempts: 1,
  credentials: {
    accessKeyId: who.AWS_ACCESS_KEY_ID, secretAccessKey: who.AWS_SECRET_ACCESS_KEY, sessionToken: who.AWS_SESSION_TOKEN,
  },
})]));

function assert(holds, text) {
  if (!holds) throw new Error(text);
}

function filled(value) {
  if (Array.isArray(value)) return value.map(filled);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, filled(member)]));
  }
  if (typeof value !== "string") return value;
  const whole = /^\$\{(\w+)\}$/.exec(value);
  return whole ? names[whole[1]] : value.replace(/\$\{(\w+)\}/g, (_, name) => names[name]);
}

// Policies come as they are on the wire; a way into one goes by its JSON.
const inside = (member) => (typeof member === "string" ? JSON.parse(decodeURIComponent(member)) : member);
const at = (answer, way) => way.split(".").reduce((member, step) => inside(member)[step], answer);
const fits = (member, wanted) => Object.entries(wanted).every(([key, value]) => member[key] === value);
const knows = (operation) => operation in context.declared && `${operation}Command` in sdk;

function send(whom, operation, members) {
  const input = { ...members };
  if (input.crlData) input.crlData = Buffer.from(input.crlData);
  return clients[whom].send(new sdk[`${operation}Command`](input));
}

function check(step, answer) {
  for (const [way, wanted] of Object.entries(filled(step.then || {}))) {
    assert(at(answer, way) === wanted, `${step.do}: ${way} is ${at(answer, way)}, not ${wanted}`);
  }
  for (const [way, wanted] of Object.entries(filled(step.has || {}))) {
    assert(at(answer, way).some((member) => fits(member, wanted)), `${step.do}: no ${JSON.stringify(wanted)}`);
  }
  for (const [way, unwanted] of Object.entries(filled(step.hasNot || {}))) {
    assert(!at(answer, way).some((member) => fits(member, unwanted)), `${step.do}: ${JSON.stringify(unwanted)}`);
  }
  for (const [name, way] of Object.entries(step.keep || {})) names[name] = at(answer, way);
}

// One call that must be refused, with this code and these words.
async function refuse(step) {
  const refusal = await send("root", step.do, filled(step.with)).then(() => null, (refused) => refused);
  assert(refusal !== null, `${step.do}: no ${step.refused}`);
  // The SDK has a class for each error of the model, which it must find by our code.
  const name = step.refused === "AccessDenied" ? step.refused : `${step.refused}Exception`;
  assert(refusal.name === name, `${step.do}: ${refusal}, not ${name}`);
  assert(refusal.$metadata.httpStatusCode === STATUS[step.refused], `${step.do}: ${refusal.$metadata.httpStatusCode}`);
  assert(refusal.message.includes(filled(step.says || "")), `${step.do}: ${refusal.message}, not ${step.says}`);
}

async function provoke() {
  let provoked = 0;
  for (const [operation, errors] of Object.entries(context.declared).filter(([name]) => knows(name))) {
    const row = table.errors[operation];
    for (const error of errors) {
      const whom = { AccessDeniedException: "nobody", ServiceUnavailableException: "full" }[error] || "root";
      const refusal = await send(whom, operation, filled({ ...row.with, ...row[error] })).then(() => null, (refused) => refused);
      assert(refusal !== null, `${operation}: no ${error}`);
      assert(refusal.name === error, `${operation}: ${refusal}, not ${error}`);
      assert(refusal.$metadata.httpStatusCode === STATUS[error], `${operation}: ${refusal.$metadata.httpStatusCode}`);
      assert(refusal.message.length > 0 && refusal.$metadata.requestId, `${operation}: ${error} says nothing`);
      provoked += 1;
    }
  }
  return provoked;
}

async function play() {
  const went = new Set();
  let provoked = 0;
  for (const step of table.life) {
    if (step.errors) {
      provoked = await provoke();
    } else if (step.refused) {
      await refuse(step);
      provoked += 1;
    } else if (knows(step.do) && !step.newest) {
      check(step, await send("root", step.do, filled(step.with)));
      went.add(step.do);
    }
  }
  console.log(JSON.stringify({ operations: went.size, provoked }));
}

play().catch((error) => {
  console.error(error);
  process.exit(1);
});
