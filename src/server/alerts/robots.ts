import { createHmac } from 'node:crypto'
import type { DingtalkChannel, FeishuChannel, WecomChannel } from '../../flow/alert-channel.ts'
import { type AlertItem, type AlertMessage, type AlertWords, wordsOf } from '../../observe/alerts/message.ts'
import { post, requireTaken } from './post.ts'
import { fitted, type Send, type SendContext } from './sender.ts'

/**
 * Markdown by the robot of a group. Source: DingTalk's manual of custom robots: the signature is HMAC-SHA256 under the
 * secret of `timestamp\nsecret`, in base64, with the time in milliseconds; at most 20,000 bytes.
 */
export function dingtalk(options: DingtalkChannel, context: SendContext): Send {
  return async message => {
    const url = new URL(context.resolve(options.url))
    const secret = context.resolve(options.secret)
    const timestamp = String(context.now())
    const sign = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64')
    url.searchParams.set('timestamp', timestamp)
    url.searchParams.set('sign', sign)
    const title = message.title.slice(0, 200)
    const text = markdown(message, options.language, 16_000)
    const answer = await post(url.href, { msgtype: 'markdown', markdown: { title, text } }, context)
    requireTaken(answer, { code: 'errcode', reason: 'errmsg' })
  }
}

/** Markdown by the robot of a group. Source: WeCom's manual of group robots: content of at most 4,096 bytes of UTF-8. */
export function wecom(options: WecomChannel, context: SendContext): Send {
  return async message => {
    const content = markdown(message, options.language, 4_096)
    const body = { msgtype: 'markdown', markdown: { content } }
    const answer = await post(context.resolve(options.url), body, context)
    requireTaken(answer, { code: 'errcode', reason: 'errmsg' })
  }
}

/**
 * Rich text by a custom robot. Source: Feishu's manual of custom robots: the signature is HMAC-SHA256 of nothing under
 * `timestamp\nsecret`, in base64, with the time in seconds; a request of at most 20 KB.
 */
export function feishu(options: FeishuChannel, context: SendContext): Send {
  return async message => {
    const secret = context.resolve(options.secret)
    const timestamp = String(Math.floor(context.now() / 1000))
    const sign = createHmac('sha256', `${timestamp}\n${secret}`).digest('base64')
    const say = wordsOf(options.language ?? 'en')
    const place = options.language === 'zh' ? 'zh_cn' : 'en_us'
    const body = fitted(message, 18_000, count => {
      const content = message.items.slice(0, count).flatMap(item => richLines(item, say))
      const left = message.items.length - count
      if (left > 0) content.push([{ tag: 'text', text: say.more(left) }])
      const post = { [place]: { title: message.title.slice(0, 200), content } }
      return JSON.stringify({ timestamp, sign, msg_type: 'post', content: { post } })
    })
    const answer = await post(context.resolve(options.url), body, context)
    requireTaken(answer, { code: 'code', reason: 'msg' })
  }
}

type Rich = ({ tag: 'text'; text: string } | { tag: 'a'; text: string; href: string })[]

function richLines({ word, text, detail, link }: AlertItem, { open }: AlertWords): Rich[] {
  const first: Rich = [{ tag: 'text', text: `${word}: ${text}` }]
  const second: Rich = [{ tag: 'text', text: detail }]
  if (link !== undefined) second.push({ tag: 'text', text: '  ' }, { tag: 'a', text: open, href: link })
  return [first, second]
}

/** The Markdown that both robots know: headings, bold, quotes and links. */
function markdown(message: AlertMessage, language: 'en' | 'zh' = 'en', bytes: number): string {
  const say = wordsOf(language)
  return fitted(message, bytes, count => {
    const parts = message.items.slice(0, count).map(item => {
      const link = item.link === undefined ? '' : `  [${say.open}](${item.link})`
      return `**${plain(item.word)}** ${plain(item.text)}\n> ${plain(item.detail)}${link}`
    })
    const left = message.items.length - count
    return [`### ${plain(message.title)}`, ...parts, ...(left > 0 ? [say.more(left)] : [])].join('\n\n')
  })
}

/** What would be taken for a mark of Markdown or HTML is written in its full width. */
function plain(text: string): string {
  return text
    .replace(/[<>[\]*`]/g, mark => String.fromCodePoint((mark.codePointAt(0) as number) + fullWidth))
    .replace(/\s+/g, ' ')
}

/** From a character of ASCII to the same in full width. */
const fullWidth = 0xfee0
