import type { EventOptions } from '../message/cloud-event.ts'
import type { OptionNames } from '../system/option-names.ts'

export const eventNames: OptionNames<EventOptions> = {
  source: 'needed',
  mode: true,
  type: true,
  subject: true,
  time: true,
}
