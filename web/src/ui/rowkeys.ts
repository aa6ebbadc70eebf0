export interface RowMoves {
  readonly next: () => void;
  readonly previous: () => void;
  readonly pageDown: () => void;
  readonly pageUp: () => void;
  readonly first: () => void;
  readonly last: () => void;
  /** False when there is nothing to open. */
  readonly open: () => boolean;
}

/** The keys of every list: arrows and j/k, page keys, Home/End, Enter and o. True when the key was one of them. */
export function onRowKey(event: { readonly key: string; preventDefault(): void }, moves: RowMoves): boolean {
  const act = keyOf(event.key, moves);
  if (!act || act() === false) return false;
  event.preventDefault();
  return true;
}

function keyOf(key: string, moves: RowMoves): (() => boolean | void) | undefined {
  switch (key) {
    case "j":
    case "ArrowDown":
      return moves.next;
    case "k":
    case "ArrowUp":
      return moves.previous;
    case "PageDown":
      return moves.pageDown;
    case "PageUp":
      return moves.pageUp;
    case "Home":
      return moves.first;
    case "End":
      return moves.last;
    case "Enter":
    case "o":
      return moves.open;
    default:
      return undefined;
  }
}
