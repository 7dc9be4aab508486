import { Invoice, SalesOrder } from '../../src/model/canonical/index.ts'
import type { Model } from '../../src/model/model.ts'

/** Whole models of the catalogue as targets: what is written for a field that is not named here is wrong. */
export interface WholePair {
  readonly name: string
  /** Rules and words were made by looking at `tuned`; `held-out` was measured once, after that. */
  readonly half: 'tuned' | 'held-out'
  readonly columns: string
  readonly to: Model
  readonly gold: string
}

export const wholePairs: readonly WholePair[] = [
  {
    name: 'Odoo sale order to SalesOrder',
    half: 'tuned',
    columns:
      'id:decimal name origin client_order_ref reference state date_order:datetime create_date:datetime ' +
      'commitment_date:datetime validity_date:date require_signature:flag partner_id.id partner_id.ref partner_id.name ' +
      'partner_id.vat partner_id.street partner_id.street2 partner_id.zip partner_id.city partner_id.state_id ' +
      'partner_id.country_code partner_id.email partner_id.phone partner_shipping_id.street partner_shipping_id.city ' +
      'partner_shipping_id.zip partner_shipping_id.country_code pricelist_id currency_code user_id team_id company_id.name ' +
      'company_id.vat note payment_term_id fiscal_position_id amount_untaxed:decimal amount_tax:decimal amount_total:decimal ' +
      'currency_rate:decimal invoice_status incoterm order_line[].id order_line[].sequence order_line[].name ' +
      'order_line[].product_id.default_code order_line[].product_id.barcode order_line[].product_id.name ' +
      'order_line[].product_uom_qty:decimal order_line[].product_uom order_line[].price_unit:decimal ' +
      'order_line[].discount:decimal order_line[].price_subtotal:decimal order_line[].price_tax:decimal ' +
      'order_line[].price_total:decimal order_line[].qty_delivered:decimal',
    to: SalesOrder,
    gold: `
orderNo = name
issueDate = date_order
customerReference = client_order_ref | reference
currency = currency_code
notes[] = note
validity.endDate = validity_date
buyer.supplierAccount = partner_id.ref | partner_id.id
buyer.party.name = partner_id.name
buyer.party.address.street = partner_id.street
buyer.party.address.additionalStreet = partner_id.street2
buyer.party.address.postalCode = partner_id.zip
buyer.party.address.city = partner_id.city
buyer.party.address.region = partner_id.state_id
buyer.party.address.country = partner_id.country_code
buyer.party.contact.email = partner_id.email
buyer.party.contact.phone = partner_id.phone
seller.party.name = company_id.name
deliveries[].address.street = partner_shipping_id.street
deliveries[].address.city = partner_shipping_id.city
deliveries[].address.postalCode = partner_shipping_id.zip
deliveries[].address.country = partner_shipping_id.country_code
taxes[].amount.value = amount_tax
total.lines.value = amount_untaxed
total.withoutTax.value = amount_untaxed
total.withTax.value = amount_total
total.payable.value = amount_total
lines[].lineNo = order_line[].sequence | order_line[].id
lines[].quantity.value = order_line[].product_uom_qty
lines[].quantity.unit = order_line[].product_uom
lines[].lineAmount.value = order_line[].price_subtotal
lines[].taxAmount.value = order_line[].price_tax
lines[].price.amount.value = order_line[].price_unit
lines[].item.name = order_line[].product_id.name
lines[].item.descriptions[] = order_line[].name
lines[].item.sellerItemNo = order_line[].product_id.default_code
lines[].item.standardId.id = order_line[].product_id.barcode`,
  },
  {
    name: 'ERPNext sales invoice to Invoice',
    half: 'tuned',
    columns:
      'name naming_series customer customer_name tax_id company company_tax_id posting_date:date posting_time due_date:date ' +
      'is_return return_against cost_center project currency conversion_rate:decimal selling_price_list po_no po_date:date ' +
      'remarks customer_address address_display contact_person contact_mobile contact_email territory total_qty:decimal ' +
      'base_total:decimal net_total:decimal total:decimal total_taxes_and_charges:decimal grand_total:decimal ' +
      'rounding_adjustment:decimal rounded_total:decimal discount_amount:decimal additional_discount_percentage:decimal ' +
      'total_advance:decimal outstanding_amount:decimal paid_amount:decimal payment_terms_template debit_to status language ' +
      'items[].idx items[].item_code items[].item_name items[].description items[].barcode items[].qty:decimal items[].uom ' +
      'items[].stock_uom items[].conversion_factor:decimal items[].rate:decimal items[].amount:decimal ' +
      'items[].net_amount:decimal items[].discount_percentage:decimal items[].batch_no items[].sales_order items[].so_detail ' +
      'items[].income_account items[].cost_center items[].warehouse taxes[].account_head taxes[].description ' +
      'taxes[].rate:decimal taxes[].tax_amount:decimal taxes[].total:decimal',
    to: Invoice,
    gold: `
invoiceNo = name
issueDate = posting_date
issueTime = posting_time
dueDate = due_date
currency = currency
notes[] = remarks
cost = cost_center
order.orderNo = po_no
order.issueDate = po_date
billed[].id = return_against
customer.supplierAccount = customer
customer.party.name = customer_name
customer.party.contact.name = contact_person
customer.party.contact.phone = contact_mobile
customer.party.contact.email = contact_email
supplier.party.name = company
paymentTerms[] = payment_terms_template
taxes[].amount.value = total_taxes_and_charges
total.lines.value = net_total | total
total.withoutTax.value = net_total
total.withTax.value = grand_total
total.allowances.value = discount_amount
total.prepaid.value = total_advance | paid_amount
total.rounding.value = rounding_adjustment
total.payable.value = outstanding_amount | rounded_total
lines[].lineNo = items[].idx
lines[].quantity.value = items[].qty
lines[].quantity.unit = items[].uom
lines[].lineAmount.value = items[].amount | items[].net_amount
lines[].cost = items[].cost_center
lines[].price.amount.value = items[].rate
lines[].item.name = items[].item_name
lines[].item.descriptions[] = items[].description
lines[].item.sellerItemNo = items[].item_code
lines[].item.standardId.id = items[].barcode
lines[].item.lots[].lotNo = items[].batch_no`,
  },
  {
    name: 'Shopify order to SalesOrder',
    half: 'held-out',
    columns:
      'id:integer name order_number:integer created_at:datetime updated_at:datetime cancelled_at:datetime closed_at:datetime ' +
      'currency email phone note tags po_number financial_status fulfillment_status source_name test:boolean token ' +
      'taxes_included:boolean subtotal_price:decimal total_price:decimal total_tax:decimal total_discounts:decimal ' +
      'total_weight:decimal customer.id customer.first_name customer.last_name customer.email customer.phone ' +
      'billing_address.name billing_address.company billing_address.address1 billing_address.address2 billing_address.city ' +
      'billing_address.zip billing_address.province billing_address.country_code shipping_address.name ' +
      'shipping_address.address1 shipping_address.city shipping_address.zip shipping_address.country_code line_items[].id ' +
      'line_items[].sku line_items[].title line_items[].variant_title line_items[].vendor line_items[].quantity:integer ' +
      'line_items[].price:decimal line_items[].total_discount:decimal line_items[].grams:integer line_items[].product_id',
    to: SalesOrder,
    gold: `
orderNo = name | order_number
issueDate = created_at
currency = currency
notes[] = note
customerReference = po_number
buyer.supplierAccount = customer.id
buyer.party.contact.email = customer.email | email
buyer.party.contact.phone = customer.phone | phone
buyer.party.name = billing_address.company | billing_address.name
buyer.party.address.street = billing_address.address1
buyer.party.address.additionalStreet = billing_address.address2
buyer.party.address.city = billing_address.city
buyer.party.address.postalCode = billing_address.zip
buyer.party.address.region = billing_address.province
buyer.party.address.country = billing_address.country_code
total.lines.value = subtotal_price
total.allowances.value = total_discounts
total.payable.value = total_price
taxes[].amount.value = total_tax
lines[].lineNo = line_items[].id
lines[].quantity.value = line_items[].quantity
lines[].price.amount.value = line_items[].price
lines[].item.name = line_items[].title
lines[].item.sellerItemNo = line_items[].sku`,
  },
]
