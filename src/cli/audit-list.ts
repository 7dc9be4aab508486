import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { IsthmusError } from '../errors.ts'
import { exitCodes } from '../server/exit-code.ts'
import { existingStoreAt } from '../server/open-store.ts'
import { auditNodes, readAudit } from '../server/people/audit/audit-reading.ts'
import type { AuditRecord } from '../server/people/audit/audit-record.ts'
import { findStore, type PlaceValues, placeOptions } from './shared/access.ts'
import { type Call, command } from './shared/command.ts'
import { plural, safe, type Terminal, table } from './shared/terminal.ts'

export const auditListCommand = command({
  name: 'audit list',
  parameters: '',
  summary: 'who did what to which object, with what outcome; the newest first',
  options: {
    ...placeOptions,
    actor: { value: 'NAME', help: 'by this account only' },
    object: { value: 'TEXT', help: 'with this in the name of the object' },
    action: { value: 'NAME', help: 'whose action begins so: login, replay, accounts' },
    from: { value: 'TIME', help: 'since then, as 2026-11-30T08:00Z' },
    to: { value: 'TIME', help: 'before then' },
    limit: { value: 'N', help: 'at most so many (100)' },
    node: { value: 'NODE', help: 'of another node; the one that wrote last if not given' },
  },
  async run({ values, terminal, environment }) {
    const streams = await auditStreams(values, environment)
    const nodes = (await auditNodes(streams.reader)).sort((a, b) => b.changed - a.changed)
    const node = values.node ?? nodes[0]?.node ?? ''
    const { actor, object, action } = values
    const page = await readAudit(streams.reader, {
      node,
      actor,
      object,
      action,
      from: timeOf(values.from),
      to: timeOf(values.to),
      limit: Number(values.limit ?? 100),
    }).finally(streams.close)
    if (values.json) terminal.json({ node, nodes, ...page })
    else print(page.records, terminal)
    return page.broken.length > 0 ? exitCodes.notBalanced : exitCodes.ok
  },
})

function print(records: readonly (AuditRecord & { readonly open?: boolean })[], terminal: Terminal): void {
  const { red, yellow, green } = terminal.colour
  const outcome = ({ outcome, open }: AuditRecord & { readonly open?: boolean }) => {
    if (open) return yellow('not known')
    return outcome === 'ok' ? green('ok') : red(outcome ?? '')
  }
  const rows = records.map(record => [
    String(record.no),
    new Date(record.at).toISOString(),
    safe(record.actor),
    safe(record.action),
    safe(record.object),
    outcome(record),
  ])
  const columns = ['NO', 'AT', 'ACTOR', 'ACTION', 'OBJECT', 'OUTCOME'].map(title => {
    return { title, right: title === 'NO' }
  })
  if (rows.length > 0) terminal.line(table(terminal, columns, rows))
  terminal.line(`  ${plural(rows.length, 'record')}`)
}

/** The store itself: the instance need not vouch for its own audit. */
export async function auditStreams(place: PlaceValues, environment: Call['environment']) {
  const { at } = await findStore(place, environment)
  if (!at)
    throw new IsthmusError('CONFIG-MISSING', 'The store is in PostgreSQL. Set ISTHMUS_STORE to its URL.')
  const store = existingStoreAt(at)
  return { reader: store.read.streams, data: at.data, close: () => store.close() }
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const time = Date.parse(text)
  if (Number.isNaN(time))
    throw new IsthmusError('CLI-USAGE', `"${text}" is no time such as 2026-11-30T08:00Z.`)
  return time
}

/** Undefined where there is none and none was asked for. */
export function readIfThere(given: string | undefined, folder: string, name: string): string | undefined {
  try {
    return readFileSync(given ?? join(folder, name), 'utf8')
  } catch (cause) {
    if (given === undefined) return undefined
    throw new IsthmusError('CLI-USAGE', `${given} cannot be read.`, { cause })
  }
}
