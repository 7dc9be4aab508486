import { existsSync, writeFileSync } from 'node:fs'
import { writeMappingDraft } from '../contract/write/mapping-draft.ts'
import { IsthmusError } from '../errors.ts'
import { draftOf } from '../model/suggest/draft.ts'
import { suggestMapping } from '../model/suggest/suggest.ts'
import type { Pinyin } from '../model/suggest/words.ts'
import { exitCodes } from '../server/exit-code.ts'
import { placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { mappingNameOf, sideOf, withSamples } from './shared/suggest-sides.ts'
import type { Terminal } from './shared/terminal.ts'

export const suggestCommand = command({
  name: 'suggest',
  parameters: 'FROM TO',
  summary: 'draft a mapping: which field is probably made from which',
  options: {
    landscape: placeOptions.landscape,
    samples: { value: 'FILE', help: 'records of FROM, as CSV or JSON: what fields hold is compared, too' },
    'samples-to': { value: 'FILE', help: 'records of TO' },
    out: { value: 'FILE', help: 'the module to write; else it is printed' },
  },
  more: `FROM and TO are a model or a channel (system.channel) of the landscape, a JSON Schema, or FILE#MODEL of what import reads:
OpenAPI, WSDL, XSD, GraphQL, OData, SQL. What is doubtful stands in the draft as comments, and it does not compile until you have
decided. Names in pinyin are read where the package pinyin-pro is installed.`,
  async run({ values, positionals, terminal }) {
    const [fromText = '', toText = ''] = positionals
    const { out } = values
    if (out !== undefined && existsSync(out))
      throw new IsthmusError('CLI-USAGE', `${out} is there already, and may have decisions of yours in it.`)
    const from = withSamples(await sideOf(fromText, values.landscape), values.samples)
    const to = withSamples(await sideOf(toText, values.landscape), values['samples-to'])
    const suggestions = suggestMapping(from, to, { pinyin: await pinyinOf(terminal) })
    const sure = suggestions.filter(({ source }) => source)
    const told = `${sure.length} of ${suggestions.length} fields of ${to.name} are sure`
    const text = writeMappingDraft(draftOf(suggestions), {
      from: { name: from.code, module: from.module },
      to: { name: to.code, module: to.module },
      mapping: mappingNameOf(from, to),
    })
    if (out !== undefined) writeFileSync(out, text, { flag: 'wx' })
    if (values.json)
      terminal.json({
        from: from.name,
        to: to.name,
        fields: suggestions.map(({ target, ...rest }) => ({
          target: target.path,
          required: target.required,
          ...rest,
        })),
        ...(out !== undefined && { written: out }),
      })
    else if (out === undefined) terminal.line(text.trimEnd())
    if (!values.json)
      terminal.aside(out === undefined ? told : `${terminal.colour.green('✔')} ${out}: ${told}`)
    return exitCodes.ok
  },
})

/** Undefined where the package is not installed: then names in pinyin are not understood. */
async function pinyinOf(terminal: Terminal): Promise<Pinyin | undefined> {
  try {
    const { pinyin } = await import('pinyin-pro')
    return term => pinyin(term, { toneType: 'none', type: 'array', v: true })
  } catch {
    terminal.aside('Names in pinyin are not read: install pinyin-pro for that.')
    return undefined
  }
}
