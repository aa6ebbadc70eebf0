import styles from "./viewer.module.css";

const LONGEST = 20_000;

/** Text with what was searched for marked in it. */
export function Mark({ text, query }: { readonly text: string; readonly query: string }) {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  const at = query === "" ? -1 : shown.toLowerCase().indexOf(query.toLowerCase());
  if (at < 0) return shown;
  return (
    <>
      {shown.slice(0, at)}
      <mark className={styles.mark}>{shown.slice(at, at + query.length)}</mark>
      {shown.slice(at + query.length)}
    </>
  );
}
