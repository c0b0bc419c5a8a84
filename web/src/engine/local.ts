/** The engine of the browser alone: pictures that are open, each prepared once. */

import {
  EngineError,
  type Chroma,
  type Confidence,
  type Control,
  type Engine,
  type Model,
  type Opened,
  type PictureId,
  type Recipe,
  type Suggestion,
} from "./api";
import { guess } from "./guess";
import { paletteOf } from "./kmeans";
import { Network } from "./network";
import { decodePicture, grayed, reduced, type Pixels } from "./picture";
import { see, type Reference } from "./references/scene";
import { Session } from "./session";
import { sha256 } from "./sha256";
import { readSpec, type Spec } from "./spec";
import { isColored } from "./tint";

interface Open {
  readonly file: Blob;
  readonly pixels: Pixels;
  /** reduced, by longer side */
  readonly screens: Map<number, Pixels>;
  readonly colored: boolean;
  session?: Promise<Session>;
  /** as a reference for others */
  seen?: Promise<Reference>;
}

export class LocalEngine implements Engine {
  private network: Network | null = null;
  private readonly pictures = new Map<PictureId, Open>();
  private last = 0;

  /** @param runtime URL of the folder that holds onnxruntime's files, with a slash at its end */
  constructor(private readonly runtime: string) {}

  async load(model: ArrayBuffer, name: string, known?: string): Promise<Model> {
    const spec = readSpec(model);
    const hash = known ?? (await sha256(model));
    this.network = await Network.open(model, spec, this.runtime);
    for (const open of this.pictures.values()) {
      delete open.session;
      delete open.seen;
    }
    const palette = spec.palette ?? undefined;
    return { name, hash, preset: spec.preset, palette, controls: controlsOf(spec) };
  }

  async open(file: Blob): Promise<Opened> {
    const pixels = await decodePicture(file);
    const id = ++this.last;
    const colored = isColored(pixels);
    this.pictures.set(id, { file, pixels, colored, screens: new Map() });
    const { width, height } = pixels;
    return { id, width, height, colored, notes: [] };
  }

  async preview(id: PictureId, recipe: Recipe, side: number): Promise<ImageData> {
    const screen = this.screen(id, side);
    const session = await this.session(id, recipe);
    return image(session.paint(screen, recipe), screen);
  }

  async gray(id: PictureId, side: number): Promise<ImageData> {
    const screen = this.screen(id, side);
    return image(grayed(screen.data), screen);
  }

  async alternatives(
    id: PictureId,
    recipe: Recipe,
    count: number,
    side: number,
  ): Promise<ImageData[]> {
    const [session, screen] = [await this.session(id), this.screen(id, side)];
    const { references: _, ...own } = recipe; // which would say what is wanted
    return Array.from({ length: count }, (_, i) =>
      image(session.paint(screen, { ...own, alternative: i + 1 }), screen),
    );
  }

  async confidence(id: PictureId, recipe: Recipe, side: number): Promise<Confidence> {
    const [session, screen] = [await this.session(id, recipe), this.screen(id, side)];
    const found = session.sureness(recipe);
    return {
      map: image(session.drawSureness(screen, found), screen),
      told: found.toldShare,
      sure: found.sureShare,
      guessed: found.guessedShare,
      doubtful: found.doubtfulShare,
      calibrated: found.calibrated,
    };
  }

  async prepare(id: PictureId, recipe: Recipe): Promise<void> {
    (await this.session(id, recipe)).prepare(recipe);
  }

  async suggest(id: PictureId, recipe: Recipe): Promise<Suggestion | null> {
    return (await this.session(id, recipe)).suggest(recipe);
  }

  async paletteOf(picture: Blob, count?: number): Promise<Chroma[]> {
    return paletteOf(await decodePicture(picture), count);
  }

  async full(id: PictureId, recipe: Recipe, type: "image/jpeg" | "image/png"): Promise<Blob> {
    const { pixels } = this.picture(id);
    const done = (await this.session(id, recipe)).paint(pixels, recipe);
    const canvas = new OffscreenCanvas(pixels.width, pixels.height);
    canvas.getContext("2d")!.putImageData(image(done, pixels), 0, 0);
    return canvas.convertToBlob({ type, quality: 0.95 });
  }

  async close(id: PictureId): Promise<void> {
    this.pictures.delete(id);
  }

  private model(): Network {
    if (this.network === null) throw new EngineError("no-model", "no model is loaded");
    return this.network;
  }

  private picture(id: PictureId): Open {
    const open = this.pictures.get(id);
    if (open === undefined) throw new EngineError("no-picture", `picture ${id} is not open`);
    return open;
  }

  /** What the network says and follows from it, asked once a picture, with a recipe's references. */
  private async session(id: PictureId, { references = [] }: Recipe = {}): Promise<Session> {
    const open = this.picture(id);
    const network = this.model();
    const begin = async (): Promise<Session> => {
      const { data, width, height } = open.pixels;
      return new Session(network.spec, await guess(network, data, width, height), open.pixels);
    };
    const session = await (open.session ??= begin());
    for (const other of references) session.references.set(other, await this.seen(other));
    return session;
  }

  /** What the network says of a reference. */
  private seen(id: PictureId): Promise<Reference> {
    const open = this.picture(id);
    if (!open.colored) throw new EngineError("reference-gray", "a reference must be in colour");
    return (open.seen ??= see(this.model(), open.pixels));
  }

  private screen(id: PictureId, side: number): Pixels {
    const { pixels, screens } = this.picture(id);
    const found = screens.get(side) ?? reduced(pixels, side);
    screens.set(side, found);
    return found;
  }
}

function controlsOf(spec: Spec): Control[] {
  const always: Control[] = ["palette", "hints"];
  return spec.palette ? ["vividness", ...always, "alternatives", "confidence", "reference"] : always;
}

function image(data: Uint8ClampedArray<ArrayBuffer>, size: Pixels): ImageData {
  return new ImageData(data, size.width, size.height);
}
