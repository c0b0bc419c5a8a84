import { createHash } from "node:crypto";
import { expect, test } from "vitest";

import { digestOf } from "../src/engine/sha256";

test.each([0, 1, 55, 56, 63, 64, 65, 1000])("%s bytes have the hash that Node gives", (length) => {
  const data = Uint8Array.from({ length }, (_, i) => (i * i + 7 * i) & 255);
  const theirs = createHash("sha256").update(data).digest("hex");
  expect(Buffer.from(digestOf(data)).toString("hex")).toBe(theirs);
});
