import { IsthmusError } from '../../errors.ts'
import { nearest } from '../../message/option-names.ts'
import { type FieldGraph, type FieldRef, idOf, overlaps, type Place } from './field-graph.ts'

const plain = (path: string): string => path.replaceAll('[]', '')

/**
 * The fields that somebody means by `SYSTEM.channel.field`, `Model.v1.field`, `Model.field` or `WAREHOUSE.table.column`
 * (the name of the warehouse may be left out), wherever they are. Without brackets of lists, too. Throws CLI-USAGE,
 * with the names that are alike, if there is none.
 */
export function fieldsNamed(graph: FieldGraph, text: string): readonly FieldRef[] {
  const places = [...graph.places.values()]
  const found = places.flatMap(place =>
    namesOf(place).flatMap(name =>
      text.startsWith(`${name}.`) ? fieldsIn(graph, place, text.slice(name.length + 1)) : [],
    ),
  )
  if (found.length > 0) return [...new Map(found.map(field => [idOf(field), field])).values()]
  throw new IsthmusError('CLI-USAGE', `There is no field ${text}. ${alike(places, text)}`)
}

/** As people call a place. */
function namesOf({ id, kind, model }: Place): string[] {
  const names = [id, ...(model === undefined ? [] : [model, model.replace(/\.v\d+$/, '')])]
  if (kind === 'answer') names.push(id.replace(/:answer$/, ''))
  if (kind === 'table') names.push(id.slice(id.indexOf('.') + 1))
  return names
}

function fieldsIn(graph: FieldGraph, place: Place, text: string): FieldRef[] {
  const exact =
    place.fields.find(field => field === text) ?? place.fields.find(field => plain(field) === plain(text))
  if (exact !== undefined) return [{ place: place.id, field: exact }]
  // A field that no schema lists is known where something is made of it, or it of something.
  const used = graph.links.some(({ from, to }) =>
    [from, to].some(end => end.place === place.id && overlaps(plain(end.field), plain(text))),
  )
  return used ? [{ place: place.id, field: text }] : []
}

function alike(places: readonly Place[], text: string): string {
  const holder = places.find(place => namesOf(place).some(name => text.startsWith(`${name}.`)))
  if (holder) {
    const name = namesOf(holder).find(each => text.startsWith(`${each}.`)) ?? holder.id
    const likely = nearest(text.slice(name.length + 1), holder.fields)
    return likely === undefined
      ? `${name} has ${holder.fields.join(', ')}.`
      : `Did you mean ${name}.${likely}?`
  }
  const all = places.flatMap(place =>
    namesOf(place).flatMap(name => place.fields.map(field => `${name}.${field}`)),
  )
  const likely = nearest(text, all)
  if (likely !== undefined) return `Did you mean ${likely}?`
  const end = text.slice(text.lastIndexOf('.') + 1)
  const same = [
    ...new Set(places.filter(({ fields }) => fields.includes(end)).map(({ id }) => `${id}.${end}`)),
  ]
  if (same.length > 0) return `There is ${same.slice(0, 5).join(', ')}.`
  return 'Write SYSTEM.channel.field, Model.v1.field or table.column.'
}
