export const VERSION = "0.1.0";

export const HELP = `breakwater: share support files safely, and check what was done with them

Usage
  breakwater har sanitize IN [-o OUT] [--report REPORT.json] [--force]
  breakwater ledger verify RECEIPT [--desk FINGERPRINT]
  breakwater --version | --help

har sanitize: takes the secrets out of a browser recording (HAR)
  IN               the recording, plain or gzip; - reads it from standard input (at most 512 MiB, kept in memory)
  -o, --output     where to write; - is standard output
                   (without it: session.har becomes session.sanitized.har; from standard input, standard output)
  --report         also write what was replaced and where, as JSON, without any secret in it
  --force          replace files that exist
  Cookies, tokens, passwords, keys and what looks like them are replaced everywhere in the file. The output is
  searched for every value that was found before it gets its name; if anything is wrong, no file is left behind.

ledger verify: checks a receipt without asking any server
  RECEIPT          the receipt that was offered for download when a file was sent; - is standard input
  --desk           the support desk's fingerprint, as you got it from the desk: 43 characters, or 12 words in quotes
                   (without it: the receipt is checked against the desk that it names, and you compare the words)

Exit codes
  0  done, or the receipt verifies
  1  the receipt does not verify; the reason is on standard error
  2  the input, an option or the output cannot be used; the reason is on standard error

Examples
  breakwater har sanitize session.har --report report.json
  gunzip -c session.har.gz | breakwater har sanitize - > clean.har
  breakwater ledger verify receipt.json --desk "legal winner thank year … (12 words)"
`;
