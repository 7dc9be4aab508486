import { IsthmusError } from '../errors.ts'
import { exitCodes } from '../server/exit-code.ts'
import { type AuditProof, verifyAudit } from '../server/people/audit/audit-verify.ts'
import type { SignedHead } from '../server/people/audit/signed-heads.ts'
import { auditStreams, readIfThere } from './audit-list.ts'
import { placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { count, plural, safe, type Terminal } from './shared/terminal.ts'

export const auditVerifyCommand = command({
  name: 'audit verify',
  parameters: '',
  summary: 'prove that no record of the audit was removed, changed, added or moved',
  options: {
    ...placeOptions,
    heads: {
      value: 'FILE',
      help: 'the signed heads that were told outside; else those of the data directory',
    },
    key: { value: 'FILE', help: 'the public key of the node; else that of the data directory' },
  },
  more:
    'Whoever can write in the store and the data directory could forge both: keep heads and key where they cannot\n' +
    '(ISTHMUS_AUDIT_HEADS), and give them here. Ends with 3 when something is wrong, and lists it.',
  async run({ values, terminal, environment }) {
    const { reader, data, close } = await auditStreams(values, environment)
    const heads = readIfThere(values.heads, data, 'audit-heads.jsonl')
    const key = readIfThere(values.key, data, 'audit-key.pub.pem')
    const witness =
      heads !== undefined && key !== undefined ? { heads: headsIn(heads), keys: [key] } : undefined
    const proof = await verifyAudit(reader, witness).finally(close)
    if (values.json) terminal.json(proof)
    else print(proof, terminal)
    return proof.broken.length > 0 ? exitCodes.notBalanced : exitCodes.ok
  },
})

function headsIn(text: string): SignedHead[] {
  const lines = text.split('\n').filter(line => line.trim() !== '')
  try {
    return lines.map(line => JSON.parse(line) as SignedHead)
  } catch (cause) {
    throw new IsthmusError('CLI-USAGE', 'The file of heads has a line that is not JSON.', { cause })
  }
}

function print({ nodes, heads, broken }: AuditProof, terminal: Terminal): void {
  const { red, green, yellow, dim } = terminal.colour
  for (const { node, records, open } of nodes) {
    const more = open > 0 ? `, ${yellow(`${open} without a known outcome`)}` : ''
    terminal.line(`  node ${node}: ${count(records)} records${more}`)
  }
  for (const { node, no, reason } of broken) terminal.line(`  ${red('✖')} ${node}/${no}: ${safe(reason)}`)
  const witnessed = heads > 0 ? `${plural(heads, 'signed head')} found again` : 'no signed head was compared'
  if (broken.length === 0) terminal.line(`  ${green('✔ whole')}  ${dim(witnessed)}`)
  else terminal.line(`  ${red('✖ broken')}  ${dim(witnessed)}`)
}
