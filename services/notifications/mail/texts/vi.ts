/** Vietnamese. */
import { type MailTexts } from "./texts";

const unread = (count: number): string => `${count} thông báo chưa đọc`;

export const vi: MailTexts = {
  locale: "vi",
  subject: {
    from: (name) => `Tin nhắn chưa đọc từ ${name}`,
    in: (group) => `Tin nhắn chưa đọc trong ${group}`,
    many: (count) => `Bạn có ${unread(count)}`,
  },
  hello: (name) => `Xin chào ${name},`,
  unread: (count) => `bạn có ${unread(count)}.`,
  aGroup: "một nhóm",
  somebody: "Ai đó",
  more: (count) => `và ${count} tin khác`,
  moreElsewhere: (count) => `Và ${count} thông báo khác ở nơi khác.`,
  invited: (by, group) => (by === undefined ? `Bạn đã được thêm vào ${group}.` : `${by} đã thêm bạn vào ${group}.`),
  told: {
    reminder: "Lời nhắc",
    reminderOfMessage: "Bạn muốn được nhắc về một tin nhắn.",
    notSent: "Một tin nhắn đã lên lịch chưa được gửi",
    warned: "Cảnh báo từ ban quản trị",
    mutedUntil: "Bạn không được nhắn tin cho đến {time}",
    unmuted: "Bạn lại có thể nhắn tin",
    messageRemoved: "Một tin nhắn của bạn đã bị ban quản trị gỡ bỏ",
    fileRemoved: "Một tệp của bạn đã bị ban quản trị gỡ bỏ",
    reportHandled: "Báo cáo của bạn đã được xử lý",
    reportResolved: "Ban quản trị đã xem xét và đã xử lý. Cảm ơn bạn.",
    reportDismissed: "Ban quản trị đã xem xét và không thấy gì cần xử lý. Cảm ơn bạn.",
    attachment: "Đã gửi một tệp đính kèm",
    attachments: "Đã gửi {count} tệp đính kèm",
    newMessage: "Tin nhắn mới",
    added: "Đã được thêm vào {group}",
    nowMember: "Bạn giờ là thành viên của {group}.",
    unnamedGroup: "một nhóm",
  },
  open: "Để đọc và trả lời:",
  why: "Bạn nhận thư này vì đã chọn được báo qua email về những gì chưa đọc. Thư trả lời sẽ không có ai đọc.",
  settings: "Tần suất và cách thức:",
  end: "Không nhận những thư này nữa:",
  labels: { open: "Đọc và trả lời", settings: "Tần suất và cách thức", end: "Không nhận những thư này nữa" },
};
