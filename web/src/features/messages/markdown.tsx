import { Fragment } from "react";
import { parseMarkdown, saysHost, type Block, type Inline } from "./markdown.ts";
import styles from "./messages.module.css";

/** A message's words. React escapes every text; nothing here takes HTML. */
export function Markdown({ text }: { readonly text: string }) {
  return (
    <div className={styles.words}>
      <Blocks blocks={parseMarkdown(text)} />
    </div>
  );
}

// What was written never changes, so its places are its keys.
/* oxlint-disable react/no-array-index-key */
function Blocks({ blocks }: { readonly blocks: readonly Block[] }) {
  return blocks.map((block, at) => <OneBlock key={at} block={block} />);
}

function OneBlock({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case "code":
      return (
        <pre className={styles.code} tabIndex={0}>
          {block.text}
        </pre>
      );
    case "quote":
      return (
        <blockquote className={styles.quote}>
          <Blocks blocks={block.blocks} />
        </blockquote>
      );
    case "list": {
      const items = block.items.map((item, at) => (
        <li key={at}>
          <Inlines of={item} />
        </li>
      ));
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
    case "heading":
    case "paragraph":
      return (
        <p className={block.kind === "heading" ? styles.strong : undefined}>
          {block.lines.map((line, at) => (
            <Fragment key={at}>
              {at > 0 && <br />}
              <Inlines of={line} />
            </Fragment>
          ))}
        </p>
      );
  }
}

function Inlines({ of }: { readonly of: readonly Inline[] }) {
  return of.map((inline, at) => <OneInline key={at} inline={inline} />);
}
/* oxlint-enable react/no-array-index-key */

function OneInline({ inline }: { readonly inline: Inline }) {
  switch (inline.kind) {
    case "text":
      return inline.text;
    case "code":
      return <code>{inline.text}</code>;
    case "strong":
      return (
        <strong>
          <Inlines of={inline.children} />
        </strong>
      );
    case "em":
      return (
        <em>
          <Inlines of={inline.children} />
        </em>
      );
    case "link":
      return (
        <>
          <a href={inline.href} target="_blank" rel="noopener noreferrer nofollow">
            <Inlines of={inline.children} />
          </a>
          {!saysHost(inline) && <span className={styles.host}> ({inline.host})</span>}
        </>
      );
  }
}
