import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bootAt,
  isHere,
  isStillRunning,
  parseStat,
} from "../../src/storage/liveness.ts";

const SELF = {
  pid: 7,
  host: "a",
  boot: "5c6d",
  pid_namespace: "pid:[4026531836]",
  started: "100",
};

test("isHere() asks for one boot and one namespace, whatever the host is called", () => {
  assert.equal(isHere(SELF, SELF), true);
  assert.equal(isHere(SELF, { ...SELF, host: "b" }), true);
  assert.equal(isHere(SELF, { ...SELF, host: null }), true);
  for (const other of [{ boot: "x" }, { boot: null }, { pid_namespace: "x" }]) {
    assert.equal(isHere(SELF, { ...SELF, ...other }), false);
    assert.equal(isHere({ ...SELF, ...other }, SELF), false);
  }
  const nothing = { ...SELF, boot: null, pid_namespace: null };
  assert.equal(isHere(nothing, nothing), false);
});

test("isHere() takes boots that are known by their time for one within two minutes", () => {
  const at = (seconds: number) => ({
    ...SELF,
    boot: bootAt("darwin:mac", seconds),
  });
  assert.equal(isHere(at(1000), at(1060)), true);
  assert.equal(isHere(at(1000), at(1200)), false);
  const other = { ...SELF, boot: bootAt("darwin:other", 1000) };
  assert.equal(isHere(at(1000), other), false);
});

test("isStillRunning() knows zombies, stopped processes and ids that were used again", () => {
  const running = (state: string, started = "100") =>
    isStillRunning(SELF, { state, started });
  assert.equal(running("S"), true);
  assert.equal(running("R"), true);
  assert.equal(running("Z"), false);
  assert.equal(running("X"), false);
  assert.equal(running("T"), undefined);
  assert.equal(running("S", "200"), false);
  const unknown = { ...SELF, started: null };
  assert.equal(isStillRunning(unknown, { state: "S", started: "200" }), true);
});

test("parseStat() is not misled by the name of the program", () => {
  const fields = ["T", ...Array.from({ length: 30 }, (_, i) => String(i))];
  const stat = `7 (a) Z 1) ${fields.join(" ")}`;
  assert.deepEqual(parseStat(stat), { state: "T", started: "18" });
});
