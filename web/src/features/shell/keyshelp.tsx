import { m } from "../../i18n/index.ts";
import { Dialog, Kbd } from "../../ui/index.ts";
import { NAV } from "./nav.tsx";
import styles from "./shell.module.css";

export function KeysHelp({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ...NAV.map((item) => [m.keys_go_to({ page: item.label() }), ["g", item.key]] as const),
    [m.keys_next(), ["j"]],
    [m.keys_previous(), ["k"]],
    [m.keys_open(), ["Enter"]],
    [m.san_key_search(), ["/"]],
    [m.san_key_back(), ["Esc"]],
    [m.keys_search(), ["/"]],
    [m.keys_assign(), ["a"]],
    [m.keys_state(), ["s"]],
    [m.keys_priority(), ["p"]],
    [m.keys_reply(), ["r"]],
    [m.keys_new_case(), ["c"]],
    [m.keys_help(), ["?"]],
  ];
  return (
    <Dialog open={open} onClose={onClose} title={m.keys_title()} size="sm">
      <dl className={styles.keys}>
        {rows.map(([label, keys]) => (
          <div key={label} className={styles.keyRow}>
            <dt>{label}</dt>
            <dd className={styles.keyCaps}>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
