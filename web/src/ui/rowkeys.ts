export interface RowList {
  readonly count: number;
  /** -1 while there is none. */
  readonly active: number;
  /** Rows on one screen. */
  readonly page: () => number;
  readonly onMove: (to: number) => void;
  /** False when there is nothing to open. */
  readonly onOpen: (at: number) => boolean;
}

interface Key {
  readonly key: string;
  preventDefault(): void;
}

/** The keys of every list: arrows and j/k, page keys, Home/End, Enter and o. Answers true when the key was one of them. */
export function rowKeys({ count, active, page, onMove, onOpen }: RowList): (event: Key) => boolean {
  const move = (to: number): boolean => {
    if (count === 0) return false;
    onMove(Math.min(count - 1, Math.max(0, to)));
    return true;
  };
  return (event) => {
    const done = act(event.key);
    if (done) event.preventDefault();
    return done;
  };
  function act(key: string): boolean {
    switch (key) {
      case "j":
      case "ArrowDown":
        return move(active + 1);
      case "k":
      case "ArrowUp":
        return move(active - 1);
      case "PageDown":
        return move(active + page());
      case "PageUp":
        return move(active - page());
      case "Home":
        return move(0);
      case "End":
        return move(count - 1);
      case "Enter":
      case "o":
        return onOpen(active);
      default:
        return false;
    }
  }
}
