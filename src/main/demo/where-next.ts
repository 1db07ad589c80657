/** What a reader can do after the demo's bill. */

export type Place = {
  /** The data directory. */
  readonly data: string;
  /** The gateway's URL, when it stays open. */
  readonly gateway: string | null;
  readonly control: string | null;
  readonly token: string | null;
};

export function renderWhereNext(place: Place): string {
  const data = `--data ${place.data}`;
  const lines = [
    "Where to look next:",
    `  npx purser report --by user --where endpoint=support-chat --top 5 ${data}`,
    `  npx purser report --by session --where endpoint=coding-agent ${data}`,
    `  npx purser ledger export --format csv ${data} > calls.csv`,
    `  npx purser ledger verify ${data}`,
  ];
  return `${[...lines, ...openLines(place)].join("\n")}\n`;
}

function openLines({ gateway, control, token }: Place): readonly string[] {
  if (gateway === null || control === null) {
    return ["Your own traffic: npx purser up, then ANTHROPIC_BASE_URL=http://127.0.0.1:4141"];
  }
  return [
    "",
    "The gateway stays open, with the simulator behind it. Point a client at it by one variable:",
    `  export ANTHROPIC_BASE_URL=${gateway} ANTHROPIC_API_KEY=any`,
    `The control plane: ${control}, token ${token}`,
    "Ctrl-C ends it.",
  ];
}
