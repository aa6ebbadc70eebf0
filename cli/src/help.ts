export const VERSION = "0.1.0";

export const HELP = `breakwater: share support files safely, and check what was done with them

Usage
  breakwater har sanitize IN… [-o OUT] [options below]
  breakwater har inspect IN… [--json]
  breakwater har diff BEFORE AFTER [--json]
  breakwater har verify IN… [--manifest MANIFEST.json --signer PUBLICKEY] [--json]
  breakwater ledger verify RECEIPT [--desk FINGERPRINT] [--log FOLDER] [--parts FOLDER]
  breakwater case verify EXPORT [--desk FINGERPRINT]
  breakwater case decrypt EXPORT --out FOLDER [--passphrase FILE] [--desk FINGERPRINT]
  breakwater affected --mirror FOLDER --person NAME [--from TIME] [--to TIME] [--reports FOLDER]
  breakwater --version | --help

har sanitize: takes the secrets out of a browser recording (HAR), a log or any other text
  IN               recordings, plain or gzip; a folder means all recordings below it; patterns such as 'logs/*.log' work
                   - a file that is no recording is read as what it is: log, JSON, YAML, .env, XML, HTML, CSV, curl…
                   - pictures, archives, office documents and programs are refused: nothing in them can be found
                   - reads one from standard input (at most 512 MiB, kept in memory)
  -o, --output     where to write; - is standard output; for several recordings a folder
                   (without it: session.har becomes session.sanitized.har; from standard input, standard output)
  --report         also write what was replaced and where, as JSON, without any secret in it
  --watch          also write the watch-list: keyed fingerprints of the sessions in the file, request ids, people, times
  --watch-key      the key of the fingerprints (without it: a fresh one, written to WATCH.json.key)
  --manifest       also write what was done to the file, signed with the key of --sign (Ed25519: 32 bytes or PKCS #8)
  --policy         an administrator's policy; --policy-signer is the public key that must have signed it
  --mode           support (what is not secret stays) or strict (only what is known to be harmless stays)
  --key            32 bytes that make stand-ins alike over several files (without it: fresh for each file, forgotten)
  --json           print one report per recording as a line of JSON
  --force          replace files that exist
  Cookies, tokens, passwords, keys and what looks like them are replaced everywhere in the file. The output is
  searched for every value that was found before it gets its name; if anything is wrong, no file is left behind.

har inspect: says what recordings hold: hosts, kinds of secrets and their places, sessions. Never a value.
har diff: lists the places at which a recording and its sanitised form differ. Never a value.
har verify: searches recordings and texts with all rules; with --manifest also checks that this is the file that was
            sanitised.

ledger verify: checks a receipt without asking any server
  RECEIPT          the receipt that was offered for download when a file was sent; - is standard input
  --desk           the support desk's fingerprint, as you got it from the desk: 43 characters, or 12 words in quotes
                   (without it: the receipt is checked against the desk that it names, and you compare the words)
  --log            a copy of the organisation's log (checkpoint, tile/…: the C2SP layout): checks every byte of it, too
  --parts          the file's stored parts, named by their ids: checks that they are the ones that were sealed

case verify: checks an exported case without asking any server: files, signatures, ciphertext, every line of the log
case decrypt: does the same, and writes the files in it to a new folder
  EXPORT           the .tar that was offered for download
  --out            the folder to make; nothing is written to one that exists
  --passphrase     a file with the export's passphrase (without it: BREAKWATER_PASSPHRASE)
  --desk           the support desk's fingerprint or 12 words

affected: says whose files were opened, and whose could have been, out of a copy of the logs alone
  --mirror         the copy: statements.json, and a folder for each organisation's log (C2SP layout)
  --person, --device, --session, --vendor, --network
                   whose access is in question; several of one kind mean any of them, several kinds mean all of them
  --from, --to     the window, in UTC: 2026-01-21T00:00Z (without them: everything until now)
  --reports        writes for each affected customer what concerns it alone, in words and as lines with proofs
  --desk           the support desk's fingerprint or 12 words

Exit codes
  0  done; har verify: nothing was found; ledger verify: the receipt verifies
  1  har verify: a secret was found, or the manifest does not fit; ledger verify: the receipt does not verify;
     affected: the copy of the logs cannot be believed
  2  an input, an option or an output cannot be used; the reason is on standard error (of several recordings, the
     others were done)

Examples
  breakwater har sanitize session.har --report report.json
  breakwater har sanitize recordings/ -o clean/ --mode strict --json > reports.ndjson
  breakwater har verify session.sanitized.har
  gunzip -c session.har.gz | breakwater har sanitize - > clean.har
  breakwater ledger verify receipt.json --desk "legal winner thank year … (12 words)"
`;
