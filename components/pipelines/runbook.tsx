import { Empty } from "@/components/ui/notice";
import { Scroller } from "@/components/ui/scroller";

type Block = { kind: "head" | "item" | "text"; text: string; key: number } | { kind: "table"; rows: string[][]; key: number };

/** A docstring has no markup worth a parser: blank lines part paragraphs, `#` heads, `-` or `1.` items; all of it stays text. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let isOpen = false;
  for (const [key, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    const last = blocks.at(-1);
    if (line === "") isOpen = false;
    else if (line.startsWith("|")) {
      isOpen = false;
      const cells = line
        .replace(/^\||\|$/g, "")
        .split("|")
        .map((cell) => cell.trim());
      if (cells.every((cell) => /^:?-+:?$/.test(cell))) continue;
      if (last?.kind === "table") last.rows.push(cells);
      else blocks.push({ kind: "table", rows: [cells], key });
    } else if (/^#+\s/.test(line)) {
      blocks.push({ kind: "head", text: line.replace(/^#+\s*/, ""), key });
      isOpen = false;
    } else if (/^([-*]|\d+\.)\s/.test(line)) {
      blocks.push({ kind: "item", text: line.replace(/^[-*]\s*/, ""), key });
      isOpen = true;
    } else if (isOpen && last && last.kind !== "table") last.text += ` ${line}`;
    else {
      blocks.push({ kind: "text", text: line, key });
      isOpen = true;
    }
  }
  return blocks;
}

const look: Record<Exclude<Block["kind"], "table">, string> = {
  head: "mt-2 font-strong first:mt-0",
  item: "pl-3.5 text-ink-2 before:absolute before:-ml-3 before:text-ink-3 before:content-['·']",
  text: "text-ink-2",
};

export function Runbook({ text }: { text: string | null }) {
  if (!text?.trim())
    return (
      <Empty title="Its file has no docstring.">Write what it does, and what to do when it fails, at the top of the DAG’s file.</Empty>
    );
  return (
    <div className="grid max-w-[80ch] gap-1.5 px-3.5 pt-1 pb-4 desk:px-4">
      {blocksOf(text).map((block) =>
        block.kind === "table" ? (
          <RunbookTable key={block.key} rows={block.rows} />
        ) : (
          <p key={block.key} className={`relative [overflow-wrap:anywhere] ${look[block.kind]}`}>
            <Inline text={block.text} />
          </p>
        ),
      )}
    </div>
  );
}

/** Backticks make code; stars are dropped, because weight is not for shouting. */
function Inline({ text }: { text: string }) {
  return text
    .replace(/\*\*/g, "")
    .split("`")
    .map((part, at) => (at % 2 === 1 ? <code key={part}>{part}</code> : part));
}

function RunbookTable({ rows }: { rows: string[][] }) {
  const [head, ...body] = rows;
  return (
    <Scroller label="Table of the runbook">
      <table className="rows my-1 [&_td]:px-2 [&_td:first-child]:pl-0 [&_th]:px-2 [&_th:first-child]:pl-0">
        <thead>
          <tr>
            {head?.map((cell) => (
              <th key={cell} scope="col">
                <Inline text={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((row) => (
            <tr key={row.join("|")}>
              {row.map((cell) => (
                <td key={cell} className="text-ink-2">
                  <Inline text={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}
