/** Runs a graph, one operator after the other. */

import { broken, type Graph, type Tensor } from "./graph";
import { OPERATORS } from "./operators";

/** Refuse a graph before it is asked for anything. */
export function checkGraph({ nodes, output }: Graph): void {
  const odd = nodes.find(({ operator }) => !(operator in OPERATORS));
  if (odd) throw broken(`this page does not know the operator ${odd.operator}`);
  if (output === undefined) throw broken("it has no output");
}

export function run(graph: Graph, lightness: Tensor): Tensor {
  const known = new Map(graph.weights).set("lightness", lightness);
  const uses = new Map<string, number>([[graph.output, 1]]);
  for (const name of graph.nodes.flatMap(({ inputs }) => inputs)) {
    uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  for (const node of graph.nodes) {
    const given = node.inputs.map((name) => known.get(name));
    if (node.inputs.some((name, i) => name !== "" && given[i] === undefined)) {
      throw broken(`${node.operator} has nothing to work on`);
    }
    known.set(node.output, OPERATORS[node.operator](given, node));
    for (const name of node.inputs) {
      const left = uses.get(name)! - 1;
      uses.set(name, left);
      if (left === 0) known.delete(name); // a hundred planes of a picture are large
    }
  }
  return known.get(graph.output)!;
}
