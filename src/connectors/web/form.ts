import { IsthmusError } from '../../errors.ts'
import type { Document } from './document.ts'
import { changed, find } from './layout.ts'

/** What sending a form asks for. */
export interface FormRequest {
  readonly method: 'GET' | 'POST'
  /** As the page says it: it may lead elsewhere. */
  readonly action: string
  readonly fields: URLSearchParams
}

/**
 * The form of a page with these values, and everything that the page itself has put there (hidden tokens, what is
 * chosen already). Source: the HTML standard, "constructing the entry list". Throws TARGET-CONTRACT where the form, or a
 * field of it that is filled in, is not there.
 */
export function filledForm(
  document: Document,
  selector: string,
  values: Readonly<Record<string, string>>,
  channel: string,
): FormRequest {
  const { $, path } = document
  const form = find($, selector, channel)
  if (form.length !== 1)
    throw changed(channel, document, `there are ${form.length} forms "${selector}" and not one`)
  if (/multipart/i.test(form.attr('enctype') ?? ''))
    throw new IsthmusError(
      'TARGET-CONTRACT',
      `${channel}: the form of ${path} takes files, which is not supported.`,
    )
  const fields = new URLSearchParams()
  const filled = new Set<string>()
  for (const element of form.find('input, select, textarea').toArray()) {
    const field = $(element)
    const name = field.attr('name')
    if (name === undefined || field.is(':disabled')) continue
    if (Object.hasOwn(values, name)) {
      if (!filled.has(name)) fields.append(name, values[name] as string)
      filled.add(name)
    } else if (isSent(field.prop('tagName') as string, field.attr('type') ?? 'text', field.is(':checked'))) {
      const value = field.val() ?? (field.is('[type=checkbox], [type=radio]') ? 'on' : '')
      for (const each of Array.isArray(value) ? value : [value]) fields.append(name, each)
    }
  }
  const lacking = Object.keys(values).find(name => !filled.has(name))
  if (lacking !== undefined)
    throw changed(channel, document, `its form "${selector}" has no field "${lacking}"`)
  const method = /^post$/i.test(form.attr('method') ?? '') ? 'POST' : 'GET'
  return { method, action: form.attr('action') ?? path, fields }
}

function isSent(tag: string, type: string, isChecked: boolean): boolean {
  if (tag !== 'INPUT') return true
  if (type === 'checkbox' || type === 'radio') return isChecked
  return !['submit', 'button', 'image', 'reset', 'file'].includes(type)
}
