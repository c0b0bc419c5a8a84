import { expect, test } from "vitest";

import { sizeOf } from "../src/engine/size";

// First bytes of files of 300 x 200 pixels, as Pillow 12 writes them; the JPEG with a comment first.
const HEADS: Record<string, string> = {
  PNG: "89504e470d0a1a0a0000000d494844520000012c000000c8",
  JPEG:
    "ffd8ffe000104a46494600010100000100010000fffe000768656c6c6fffdb0043000806060706050807070709" +
    "09080a0c140d0c0b0b0c1912130f141d1a1f1e1d1a1c1c20242e2720222c231c1c2837292c30313434341f2739" +
    "3d38323c2e333432ffdb0043010909090c0b0c180d0d1832211c21323232323232323232323232323232323232" +
    "3232323232323232323232323232323232323232323232323232323232323232ffc000110800c8012c",
  "progressive JPEG":
    "ffd8ffe000104a46494600010100000100010000ffdb004300080606070605080707070909080a0c140d0c0b0b" +
    "0c1912130f141d1a1f1e1d1a1c1c20242e2720222c231c1c2837292c30313434341f27393d38323c2e333432ff" +
    "db0043010909090c0b0c180d0d1832211c21323232323232323232323232323232323232323232323232323232" +
    "3232323232323232323232323232323232323232323232ffc200110800c8012c",
  WebP: "52494646ac0000005745425056503820a00000007010009d012a2c01c800",
  "lossless WebP": "5249464624000000574542505650384c180000002f2bc13100",
  "WebP with alpha": "52494646d800000057454250565038580a000000100000002b0100c70000",
  GIF: "4749463837612c01c800",
};

const file = (hex: string): Blob =>
  new Blob([Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))]);

for (const [kind, head] of Object.entries(HEADS)) {
  test(`the size of a ${kind} is known from its head`, async () => {
    expect(await sizeOf(file(head))).toEqual([300, 200]);
  });

  test(`a ${kind} that is cut short has no size`, async () => {
    expect(await sizeOf(file(head.slice(0, 16)))).toBeNull();
  });
}

test("what is no picture has no size", async () => {
  expect(await sizeOf(new Blob(["<svg xmlns='http://www.w3.org/2000/svg'/>"]))).toBeNull();
  expect(await sizeOf(new Blob([]))).toBeNull();
});
