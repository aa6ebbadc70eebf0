import { Link } from "@tanstack/react-router";
import type { CaseRow } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import { Icon } from "../../ui/index.ts";
import { searchMessages } from "../messages/opened.ts";
import { CaseSubject } from "./cells.tsx";
import { openedTexts } from "./texts.tsx";
import styles from "./cases.module.css";

const MOST = 8;
const AROUND = 40;

interface Hit {
  readonly row: CaseRow;
  readonly snippet: string;
}

/**
 * What this page has opened and still holds: subjects, file names, messages. The server cannot look there, so the page does;
 * only among the cases that it has listed, since of others it knows no more than an id.
 */
function searchOpened(words: string, rows: readonly CaseRow[]): readonly Hit[] {
  const wanted = words.trim().toLowerCase();
  if (wanted.length < 2) return [];
  const byId = new Map(rows.map((row) => [row.case, row]));
  const hits = new Map<string, Hit>();
  for (const { case: id, text } of [...openedTexts(), ...searchMessages()]) {
    const row = byId.get(id);
    const at = text.toLowerCase().indexOf(wanted);
    if (at === -1 || !row || hits.has(id)) continue;
    const from = Math.max(0, at - AROUND);
    hits.set(id, { row, snippet: `${from > 0 ? "…" : ""}${text.slice(from, at + wanted.length + AROUND)}` });
    if (hits.size === MOST) break;
  }
  return [...hits.values()];
}

export function Searched({ words, rows }: { readonly words: string; readonly rows: readonly CaseRow[] }) {
  const hits = searchOpened(words, rows);
  if (hits.length === 0) return null;
  return (
    <section className={styles.searched} aria-label={m.queue_opened_hits()}>
      <h2 className={styles.searchedTitle}>{m.queue_opened_hits()}</h2>
      <ul>
        {hits.map(({ row, snippet }) => (
          <li key={row.case}>
            <Link to="/cases/$case" params={{ case: row.case }} className={styles.hit}>
              <Icon name="unlock" />
              <span className={styles.number}>#{row.number}</span>
              <CaseSubject row={row} />
              <span className={styles.faint}>{snippet}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
