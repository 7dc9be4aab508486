/** What a person maps a field of the target to: paths of the source that are all right, `-` for none. */
export interface GoldPair {
  readonly name: string
  /** Scores and words were tuned on `tuned` pairs only; what the others say is what to expect of a new pair. */
  readonly half: 'tuned' | 'held-out'
  /** A file of the corpus with its kind and model, or names of columns of our own. */
  readonly from:
    | { readonly kind: string; readonly file: string; readonly model: string }
    | { readonly name: string; readonly columns: string }
  readonly to: string
  /** `target:type = source | other`, a line each; types are text where nothing is said. */
  readonly gold: string
}

const flatOrder = (of: Record<string, string>) =>
  [
    ['orderNo', ''],
    ['orderDate', ':date'],
    ['supplierNo', ''],
    ['supplierName', ''],
    ['contactName', ''],
    ['contactPhone', ''],
    ['currency', ''],
    ['exchangeRate', ':decimal'],
    ['materialNo', ''],
    ['materialName', ''],
    ['specification', ''],
    ['unit', ''],
    ['quantity', ':decimal'],
    ['unitPriceGross', ':decimal'],
    ['taxRate', ':decimal'],
    ['grossAmount', ':decimal'],
    ['netAmount', ':decimal'],
    ['taxAmount', ':decimal'],
    ['deliveryDate', ':date'],
    ['warehouse', ''],
    ['buyer', ''],
    ['department', ''],
    ['remark', ''],
    ['status', ''],
    ['createdBy', ''],
    ['approvedOn', ':date'],
    ['contractNo', ''],
  ]
    .map(([field = '', type]) => `${field}${type} = ${of[field] ?? '-'}`)
    .join('\n')

export const goldPairs: readonly GoldPair[] = [
  {
    name: 'SAP S/4 purchase order to PurchaseOrder',
    half: 'tuned',
    from: {
      kind: 'odata',
      file: 'odata/sap-s4-v2/MM_PUR_PO_MAINT_V2_SRV.metadata.xml',
      model: 'CPurchaseOrderTPType',
    },
    to: 'PurchaseOrder',
    gold: `
orderNo = PurchaseOrder
orderType = PurchaseOrderType
orderDate:date = PurchaseOrderDate
createdOn:date = CreationDate
currency = DocumentCurrency
supplierNo = Supplier
supplierPhone = SupplierPhoneNumber
companyCode = CompanyCode
purchasingOrganization = PurchasingOrganization
buyerGroup = PurchasingGroup
paymentTerms = PaymentTerms
incoterms = IncotermsClassification
incotermsPlace = IncotermsLocation1
netTotal:decimal = PurchaseOrderNetAmount
status = PurchaseOrderStatus
language = Language
changedAt:datetime = LastChangeDateTime
createdBy = CreatedByUser
yourReference = CorrespncExternalReference
totalWeight:decimal = -
lines[].lineNo = to_PurchaseOrderItemTP[].PurchaseOrderItem
lines[].material = to_PurchaseOrderItemTP[].Material
lines[].description = to_PurchaseOrderItemTP[].PurchaseOrderItemText
lines[].materialGroup = to_PurchaseOrderItemTP[].MaterialGroup
lines[].plant = to_PurchaseOrderItemTP[].Plant
lines[].storageLocation = to_PurchaseOrderItemTP[].StorageLocation
lines[].quantity:decimal = to_PurchaseOrderItemTP[].OrderQuantity
lines[].unit = to_PurchaseOrderItemTP[].PurchaseOrderQuantityUnit
lines[].price:decimal = to_PurchaseOrderItemTP[].NetPriceAmount
lines[].priceUnit:decimal = to_PurchaseOrderItemTP[].NetPriceQuantity
lines[].netAmount:decimal = to_PurchaseOrderItemTP[].NetAmount
lines[].currency = to_PurchaseOrderItemTP[].DocumentCurrency
lines[].taxCode = to_PurchaseOrderItemTP[].TaxCode
lines[].costCenter = to_PurchaseOrderItemTP[].CostCenter
lines[].account = to_PurchaseOrderItemTP[].GLAccount
lines[].deliveryDate:date = to_PurchaseOrderItemTP[].to_PurOrdScheduleLineTP[].ScheduleLineDeliveryDate`,
  },
  {
    name: 'Xero invoice to an invoice as UBL names it',
    half: 'tuned',
    from: { kind: 'openapi', file: 'openapi/xero/xero_accounting.yaml', model: 'Invoice' },
    to: 'Invoice',
    gold: `
id = InvoiceNumber
issueDate:date = Date
dueDate:date = DueDate
invoiceTypeCode = Type
documentCurrencyCode = CurrencyCode
buyerReference = Reference
customerParty.id = Contact.ContactID | Contact.ContactNumber | Contact.AccountNumber
customerParty.name = Contact.Name
customerParty.taxNumber = Contact.TaxNumber
customerParty.email = Contact.EmailAddress
exchangeRate:decimal = CurrencyRate
taxTotal:decimal = TotalTax
legalMonetaryTotal.lineExtensionAmount:decimal = SubTotal
legalMonetaryTotal.taxInclusiveAmount:decimal = Total
legalMonetaryTotal.payableAmount:decimal = AmountDue
legalMonetaryTotal.prepaidAmount:decimal = AmountPaid
legalMonetaryTotal.allowanceTotalAmount:decimal = TotalDiscount
invoiceLines[].id = LineItems[].LineItemID
invoiceLines[].invoicedQuantity:decimal = LineItems[].Quantity
invoiceLines[].lineExtensionAmount:decimal = LineItems[].LineAmount
invoiceLines[].itemDescription = LineItems[].Description
invoiceLines[].sellersItemId = LineItems[].ItemCode | LineItems[].Item.Code
invoiceLines[].priceAmount:decimal = LineItems[].UnitAmount
invoiceLines[].taxAmount:decimal = LineItems[].TaxAmount
invoiceLines[].taxCategory = LineItems[].TaxType
invoiceLines[].accountingCost = LineItems[].AccountCode
invoiceLines[].unitCode = -
orderReference = -`,
  },
  {
    name: 'a table with Chinese names to PurchaseOrder',
    half: 'tuned',
    from: {
      name: '采购订单',
      columns:
        '订单编号 订单日期:date 供应商编码 供应商名称 联系人 联系电话 币种 汇率:decimal 物料编码 物料名称 规格型号 计量单位 数量:decimal ' +
        '含税单价:decimal 税率:decimal 价税合计:decimal 不含税金额:decimal 税额:decimal 交货日期:date 仓库 采购员 部门 备注 单据状态 制单人 审核日期:date',
    },
    to: 'PurchaseOrder',
    gold: flatOrder({
      orderNo: '订单编号',
      orderDate: '订单日期',
      supplierNo: '供应商编码',
      supplierName: '供应商名称',
      contactName: '联系人',
      contactPhone: '联系电话',
      currency: '币种',
      exchangeRate: '汇率',
      materialNo: '物料编码',
      materialName: '物料名称',
      specification: '规格型号',
      unit: '计量单位',
      quantity: '数量',
      unitPriceGross: '含税单价',
      taxRate: '税率',
      grossAmount: '价税合计',
      netAmount: '不含税金额',
      taxAmount: '税额',
      deliveryDate: '交货日期',
      warehouse: '仓库',
      buyer: '采购员',
      department: '部门',
      remark: '备注',
      status: '单据状态',
      createdBy: '制单人',
      approvedOn: '审核日期',
    }),
  },
  {
    name: 'Northwind order to SalesOrder',
    half: 'tuned',
    from: { kind: 'odata', file: 'odata/Northwind.xml', model: 'Order' },
    to: 'SalesOrder',
    gold: `
orderNo = OrderID
customerNo = CustomerID | Customer.CustomerID
customerName = Customer.CompanyName
salespersonNo = EmployeeID | Employee.EmployeeID
orderDate:date = OrderDate
requestedDeliveryDate:date = RequiredDate
shippedDate:date = ShippedDate
freightAmount:decimal = Freight
carrier = ShipVia | Shipper.CompanyName | Shipper.ShipperID
shipTo.name = ShipName
shipTo.street = ShipAddress
shipTo.city = ShipCity
shipTo.region = ShipRegion
shipTo.postcode = ShipPostalCode
shipTo.country = ShipCountry
lines[].productNo = Order_Details[].ProductID | Order_Details[].Product.ProductID
lines[].productName = Order_Details[].Product.ProductName
lines[].quantity:decimal = Order_Details[].Quantity
lines[].unitPrice:decimal = Order_Details[].UnitPrice
lines[].discount:decimal = Order_Details[].Discount
currency = -
paymentTerms = -`,
  },
  {
    name: 'Saleor order to SalesOrder',
    half: 'held-out',
    from: { kind: 'graphql', file: 'graphql/saleor.graphql', model: 'Order' },
    to: 'SalesOrder',
    gold: `
orderNo = number
orderId = id
createdAt:datetime = created
changedAt:datetime = updatedAt
status = status | statusDisplay
paymentStatus = paymentStatus | paymentStatusDisplay
customerEmail = userEmail | user.email
currency = total.currency | total.gross.currency | total.net.currency | subtotal.currency
totalGross:decimal = total.gross.amount
totalNet:decimal = total.net.amount
totalTax:decimal = total.tax.amount
shippingCost:decimal = shippingPrice.gross.amount | shippingPrice.net.amount
customerNote = customerNote
voucherCode = voucherCode | voucher.code
language = languageCode | languageCodeEnum
billTo.company = billingAddress.companyName
billTo.street = billingAddress.streetAddress1
billTo.city = billingAddress.city
billTo.postcode = billingAddress.postalCode
billTo.country = billingAddress.country.code | billingAddress.country.country
shipTo.company = shippingAddress.companyName
shipTo.street = shippingAddress.streetAddress1
shipTo.city = shippingAddress.city
shipTo.postcode = shippingAddress.postalCode
shipTo.country = shippingAddress.country.code | shippingAddress.country.country
shipTo.phone = shippingAddress.phone
lines[].lineNo = lines[].id
lines[].sku = lines[].productSku
lines[].productName = lines[].productName
lines[].quantity:decimal = lines[].quantity
lines[].unitPriceNet:decimal = lines[].unitPrice.net.amount
lines[].taxRate:decimal = lines[].taxRate
lines[].totalNet:decimal = lines[].totalPrice.net.amount
incoterms = -
supplierNo = -`,
  },
  {
    name: 'a material as B2MML names it to Material',
    half: 'held-out',
    from: {
      name: 'MaterialDefinition',
      columns:
        'ID Description Version PublishedDate:datetime EffectiveTimestamp:datetime Location.EquipmentID Location.EquipmentElementLevel ' +
        'MaterialClassID AssemblyDefinitionID AssemblyType AssemblyRelationship SpatialDefinition MaterialDefinitionProperty[].ID ' +
        'MaterialDefinitionProperty[].Description MaterialDefinitionProperty[].Value.ValueString MaterialDefinitionProperty[].Value.DataType ' +
        'MaterialDefinitionProperty[].Value.UnitOfMeasure MaterialTestSpecificationID',
    },
    to: 'Material',
    gold: `
materialNo = ID
description = Description
revision = Version
publishedAt:datetime = PublishedDate
validFrom:datetime = EffectiveTimestamp
materialClass = MaterialClassID
equipment = Location.EquipmentID
assemblyType = AssemblyType
testSpecification = MaterialTestSpecificationID
properties[].name = MaterialDefinitionProperty[].ID
properties[].description = MaterialDefinitionProperty[].Description
properties[].value = MaterialDefinitionProperty[].Value.ValueString
properties[].dataType = MaterialDefinitionProperty[].Value.DataType
properties[].unit = MaterialDefinitionProperty[].Value.UnitOfMeasure
standardPrice:decimal = -`,
  },
  {
    name: 'columns named by pinyin to PurchaseOrder',
    half: 'held-out',
    from: {
      name: 'cgdd',
      columns:
        'ddh ddrq:date gys_bm gys_mc lxr lxdh bz wl_bm wl_mc ggxh jldw sl:decimal dj:decimal je:decimal shuilv:decimal se:decimal jhrq:date ' +
        'ck cgy bm beizhu zt zdr',
    },
    to: 'PurchaseOrder',
    gold: flatOrder({
      orderNo: 'ddh',
      orderDate: 'ddrq',
      supplierNo: 'gys_bm',
      supplierName: 'gys_mc',
      contactName: 'lxr',
      contactPhone: 'lxdh',
      currency: 'bz',
      materialNo: 'wl_bm',
      materialName: 'wl_mc',
      specification: 'ggxh',
      unit: 'jldw',
      quantity: 'sl',
      unitPriceGross: 'dj',
      taxRate: 'shuilv',
      grossAmount: 'je',
      taxAmount: 'se',
      deliveryDate: 'jhrq',
      warehouse: 'ck',
      buyer: 'cgy',
      department: 'bm',
      remark: 'beizhu',
      status: 'zt',
      createdBy: 'zdr',
    }),
  },
  {
    name: 'Northwind customer to Customer',
    half: 'held-out',
    from: { kind: 'odata', file: 'odata/Northwind.xml', model: 'Customer' },
    to: 'Customer',
    gold: `
customerNo = CustomerID
name = CompanyName
contact.name = ContactName
contact.title = ContactTitle
address.street = Address
address.city = City
address.region = Region
address.postcode = PostalCode
address.country = Country
phone = Phone
fax = Fax
email = -
taxNumber = -`,
  },
  {
    name: 'a table of SAP short names to PurchaseOrder',
    half: 'held-out',
    from: {
      name: 'EKPO',
      columns:
        'EBELN EBELP BSART BEDAT:date LIFNR WAERS BUKRS EKORG EKGRP ZTERM INCO1 MATNR TXZ01 WERKS LGORT MENGE:decimal MEINS NETPR:decimal ' +
        'PEINH:decimal NETWR:decimal MATKL MWSKZ EINDT:date AEDAT:date ERNAM',
    },
    to: 'PurchaseOrder',
    gold: `
orderNo = EBELN
lineNo = EBELP
orderType = BSART
orderDate:date = BEDAT
supplierNo = LIFNR
currency = WAERS
companyCode = BUKRS
purchasingOrganization = EKORG
purchasingGroup = EKGRP
paymentTerms = ZTERM
incoterms = INCO1
materialNo = MATNR
description = TXZ01
plant = WERKS
storageLocation = LGORT
quantity:decimal = MENGE
unit = MEINS
netPrice:decimal = NETPR
priceUnit:decimal = PEINH
netAmount:decimal = NETWR
materialGroup = MATKL
taxCode = MWSKZ
deliveryDate:date = EINDT
changedOn:date = AEDAT
createdBy = ERNAM
exchangeRate:decimal = -`,
  },
]
