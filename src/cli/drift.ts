import { IsthmusError } from '../errors.ts'
import type { Landscape } from '../flow/landscape.ts'
import { drift } from '../model/profile/drift.ts'
import type { Profile } from '../model/profile/profile.ts'
import { readProfile } from '../model/profile/read-profile.ts'
import { type ExplainedFinding, readerText, withReaders } from '../server/drift-impact.ts'
import { exitCodes } from '../server/exit-code.ts'
import { sourceChannel } from '../server/peek.ts'
import { channelId } from '../system/channel.ts'
import { placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { loadLandscape, shortPath } from './shared/landscape-file.ts'
import { profiled } from './shared/profiled.ts'
import { readData } from './shared/read-data.ts'
import { plural, safe, type Terminal } from './shared/terminal.ts'

export const driftCommand = command({
  name: 'drift',
  parameters: 'SYSTEM.CHANNEL',
  summary: 'compare what a channel has now with its profile, and name the mappings that will break',
  options: {
    landscape: placeOptions.landscape,
    profile: { value: 'FILE', help: 'the profile; that of the sentinel if not given' },
    rows: { value: 'N', help: 'how many records to look at; 100000 if not given' },
  },
  more: 'Ends with 1 if something is critical: what reads the field is likely to fail.',
  async run({ values, positionals, terminal, environment }) {
    const source = positionals[0] as string
    const landscape = await loadLandscape(values.landscape)
    const channel = sourceChannel(landscape, source)
    const known = values.profile === undefined ? undefined : readProfile(readData(values.profile))
    const { profile, tolerance } = expected(landscape, source, known)
    const live = await profiled({ source, landscape: values.landscape, rows: values.rows }, environment)
    const limits = { records: Math.min(50, live.profile.records), ...tolerance }
    const findings = withReaders(landscape, channel, drift(profile, live.profile, limits))
    if (values.json) terminal.json({ source, records: live.profile.records, findings })
    else print(source, live.profile, findings, terminal)
    return findings.some(({ severity }) => severity === 'critical') ? exitCodes.failed : exitCodes.ok
  },
})

function expected({ sentinels }: Landscape, source: string, given: Profile | undefined) {
  const sentinel = sentinels.find(({ channel }) => channelId(channel) === source)
  const profile = given ?? sentinel?.profile
  if (profile) return { profile, tolerance: sentinel?.tolerance ?? {} }
  const remedy = `Say --profile FILE, or declare sentinel(...) for it. isthmus profile ${source} --save FILE makes one.`
  throw new IsthmusError('CLI-USAGE', `${source} has no profile to compare with. ${remedy}`)
}

function print(
  source: string,
  live: Profile,
  findings: readonly ExplainedFinding[],
  terminal: Terminal,
): void {
  const { bold, dim, red, yellow, green } = terminal.colour
  const seen = plural(live.records, 'record')
  if (findings.length === 0) terminal.line(`${green('✔')} ${safe(source)}: ${seen} as the profile says`)
  else terminal.line(`${bold(safe(source))}  ${seen}, ${plural(findings.length, 'difference')}`)
  const paint = { critical: red, warning: yellow, info: dim }
  for (const { field, kind, severity, reason, breaks } of findings) {
    terminal.line(`  ${paint[severity](severity.padEnd(8))} ${bold(safe(field))} ${kind}: ${safe(reason)}`)
    for (const reader of breaks) {
      const at = reader.at === undefined ? '' : ` (${shortAt(reader.at)})`
      terminal.line(dim(`           ${safe(readerText(reader))}${at}`))
    }
  }
}

function shortAt(at: string): string {
  const [, file = at, line = ''] = /^(.*?)(:\d+)?$/.exec(at) ?? []
  return shortPath(file) + line
}
