import { relative } from 'node:path'
import type { FieldTree } from '../../observe/lineage/field-tree.ts'
import { safe, type Terminal } from './terminal.ts'
import { clip } from './text-width.ts'

/** A tree as a terminal shows it, one field in a line. */
export function fieldTreeText(tree: FieldTree, terminal: Terminal): string[] {
  const lines: string[] = []
  const draw = (node: FieldTree, first: string, rest: string): void => {
    lines.push(clip(`${first}${lineOf(node, terminal)}`, terminal.width))
    for (const [at, child] of node.children.entries()) {
      const isLast = at === node.children.length - 1
      draw(child, `${rest}${isLast ? '└─ ' : '├─ '}`, `${rest}${isLast ? '   ' : '│  '}`)
    }
  }
  draw(tree, '', '')
  return lines
}

function lineOf(node: FieldTree, { colour }: Terminal): string {
  const { field, personal, by, uses = [], text, unknown, end, again, more } = node
  const parts = [
    by ? field : colour.bold(field),
    personal && colour.yellow('personal'),
    by && colour.dim(`${by.kind} ${by.name}, ${by.step}`),
    uses.some(use => use !== 'identity' && use !== 'transformation') && colour.dim(uses.join(', ')),
    text !== undefined && safe(text.replaceAll(/\s+/g, ' ')),
    placeText(node) && colour.dim(placeText(node) ?? ''),
    unknown !== undefined && colour.red(`not known: ${unknown}`),
    end === 'constant' && colour.dim('made of no field'),
    again && colour.dim('(its tree stands above)'),
    more && colour.dim('(more behind it)'),
  ]
  return parts.filter(Boolean).join('  ')
}

export function placeText({
  file,
  line,
}: {
  readonly file?: string
  readonly line?: number
}): string | undefined {
  return file === undefined ? undefined : `${shortFile(file)}:${line}`
}

/** As it is found from this folder; whole where that is far. */
export function shortFile(file: string): string {
  const short = relative(process.cwd(), file)
  return short.startsWith('../..') ? file : short
}
