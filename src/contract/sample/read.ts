import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contract, ContractModel, ContractProblem } from '../contract.ts'
import { capitalised, Names } from '../names.ts'
import { openDocument, unreadable } from '../open-document.ts'
import { Evidence } from './evidence.ts'
import { inferred } from './infer.ts'
import { samplesIn } from './input.ts'
import { type Group, trafficGroups } from './traffic.ts'

/**
 * A contract out of examples: a file or URL, or every file of a folder and of those in it. Samples of the same name are
 * of one model. Rejects with CONTRACT-UNREADABLE, with the place, for a file that is no JSON, XML or CSV.
 */
export async function readSamples(location: string, system: string): Promise<Contract> {
  const paths = await pathsIn(location)
  const problems: ContractProblem[] = []
  const groups = new Map<string, Group>()
  for (const path of paths) {
    const samples = samplesIn(await openDocument(path))
    problems.push(...samples.problems)
    const { name, records, format } = samples
    for (const group of trafficGroups(name, records) ?? [
      { name, origin: `samples ${name}`, records, format },
    ]) {
      const known = groups.get(group.name)
      groups.set(group.name, known ? { ...known, records: [...known.records, ...group.records] } : group)
    }
  }
  const used = [...groups.values()].filter(({ records }) => records.length > 0)
  if (used.length === 0) {
    const [first] = problems
    const reason = first ? `. ${first.place}: ${first.problem}` : ''
    throw unreadable(location, `there is no sample in it${reason}`)
  }
  const names = new Names()
  return {
    format: 'sample',
    title: `Samples of ${system}`,
    models: used.map(group => modelOf(group, names)),
    channels: [],
    counts: {
      files: paths.length,
      records: used.reduce((sum, { records }) => sum + records.length, 0),
      models: used.length,
    },
    problems,
  }
}

async function pathsIn(location: string): Promise<string[]> {
  if (/^https?:/i.test(location)) return [location]
  const found = await stat(location).catch(() => undefined)
  if (!found?.isDirectory()) return [location]
  const entries = await readdir(location, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile() && !entry.name.startsWith('.'))
  return files.map(({ parentPath, name }) => join(parentPath, name)).sort()
}

function modelOf({ name, origin, records, format }: Group, names: Names): ContractModel {
  const evidence = new Evidence()
  for (const record of records) evidence.add(record)
  const what = records.length === 1 ? 'one sample' : `${records.length} samples`
  return {
    name: names.take(capitalised(name, 'Sample')),
    schema: inferred(evidence, format),
    description: `Inferred from ${what} (${origin}).`,
    origin,
  }
}
