/** The small Markdown of bank texts: headings, lists, tables, paragraphs and strong words. Never HTML. */
export interface Span {
  text: string
  strong: boolean
}

export type Piece = { kind: 'h3' | 'p' | 'ul' | 'ol'; lines: string[] } | { kind: 'table'; head: string[]; rows: string[][] }

const MARKS: [Piece['kind'] & ('h3' | 'ul' | 'ol'), RegExp][] = [
  ['h3', /^## +/],
  ['ul', /^- +/],
  ['ol', /^\d{1,2}\. +/],
]
const ROW = /^\|.*\|$/
const RULE = /^\|[\s:|-]+\|$/

/** A text as the pieces it is made of. */
export function piecesOf(text: string): Piece[] {
  const found: Piece[] = []
  for (const block of text.replaceAll('\r', '').split(/\n{2,}/)) {
    let open: Piece | null = null
    for (const line of block.split('\n').map((one) => one.trim()).filter(Boolean)) {
      const next = grown(open, line)
      if (next !== open) found.push(next)
      open = next
    }
  }
  return found
}

/** The open piece with the line in it, or the piece that the line begins. */
function grown(open: Piece | null, line: string): Piece {
  if (ROW.test(line)) {
    if (open?.kind !== 'table') return { kind: 'table', head: cells(line), rows: [] }
    if (!RULE.test(line)) open.rows.push(cells(line))
    return open
  }
  const [kind, mark] = MARKS.find(([, mark]) => mark.test(line)) ?? (['p', /^/] as const)
  const said = line.replace(mark, '')
  if (open?.kind !== kind || kind === 'h3') return { kind, lines: [said] }
  open.lines.push(said)
  return open
}

const cells = (line: string): string[] => line.slice(1, -1).split('|').map((cell) => cell.trim())

/** A line as plain and strong words. */
export const spansOf = (line: string): Span[] =>
  line.split('**').map((text, at) => ({ text, strong: at % 2 === 1 })).filter((span) => span.text)
