/** Undo and redo of one immutable value. */

import { computed, signal } from "@preact/signals";

const MOST = 200; // steps back; each is a few hundred bytes

export class History<Value> {
  private readonly past = signal<readonly Value[]>([]);
  private readonly future = signal<readonly Value[]>([]);
  private readonly present;
  /** what the first of several changes that count as one began from */
  private held: { value: Value } | null = null;

  readonly canUndo = computed(() => this.past.value.length > 0);
  readonly canRedo = computed(() => this.future.value.length > 0);

  constructor(first: Value) {
    this.present = signal(first);
  }

  get now(): Value {
    return this.present.value;
  }

  /** Change for the moment, as while a slider moves; `keep` makes one step of all such changes. */
  try(value: Value): void {
    this.held ??= { value: this.present.peek() };
    this.present.value = value;
  }

  keep(value: Value = this.present.peek()): void {
    const before = this.held?.value ?? this.present.peek();
    this.held = null;
    this.present.value = value;
    if (before === value) return;
    this.past.value = [...this.past.peek(), before].slice(-MOST);
    this.future.value = [];
  }

  undo(): void {
    this.step(this.past, this.future);
  }

  redo(): void {
    this.step(this.future, this.past);
  }

  private step(from: typeof this.past, to: typeof this.past): void {
    const value = from.peek().at(-1);
    if (value === undefined) return;
    to.value = [...to.peek(), this.present.peek()];
    from.value = from.peek().slice(0, -1);
    this.held = null;
    this.present.value = value;
  }
}
