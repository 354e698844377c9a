/* SPDX-License-Identifier: GPL-3.0-or-later */
/* taxonomy.c - the table; see taxonomy.h for its sources. */
#include "proto/taxonomy.h"

#include <string.h>

const struct tb_kind tb_kinds[] = {
    { "ATT-01", "ATT", "Tấn công từ chối dịch vụ", "Denial-of-service attack", "availability:ddos",
      "availability-service", "Infra" },
    { "ATT-02", "ATT", "Tấn công giả mạo", "Spoofing/impersonation (phishing) attack",
      "fraud:phishing", "breach-credential", "Security" },
    { "ATT-03", "ATT", "Tấn công sử dụng mã độc", "Attack using malware",
      "malicious-code:infected-system", "takeover-system", "Infra" },
    { "ATT-04", "ATT", "Tấn công truy cập trái phép, chiếm quyền điều khiển",
      "Unauthorized access / takeover of control", "intrusions:system-compromise",
      "takeover-system", "Security" },
    { "ATT-05", "ATT", "Tấn công thay đổi giao diện", "Defacement attack",
      "information-content-security:unauthorised-information-modification", "integrity-data",
      "Infra" },
    { "ATT-06", "ATT", "Tấn công mã hóa phần mềm, dữ liệu, thiết bị",
      "Encryption of software, data, devices (ransomware)",
      "information-content-security:unauthorised-information-modification", "availability-data",
      "Infra" },
    { "ATT-07", "ATT", "Tấn công phá hoại thông tin, dữ liệu, phần mềm",
      "Destruction/sabotage of information, data, software", "availability:sabotage",
      "damaged-data", "Infra" },
    { "ATT-08", "ATT", "Tấn công nghe trộm, gián điệp, lấy cắp thông tin, dữ liệu",
      "Eavesdropping, espionage, theft of information/data",
      "information-content-security:unauthorised-information-access", "breach-proprietary",
      "Security" },
    { "ATT-09", "ATT", "Tấn công tổng hợp sử dụng kết hợp nhiều hình thức",
      "Combined attack using several forms", "other:undetermined", "unknown", "Security" },
    { "ATT-10", "ATT", "Các hình thức tấn công mạng khác", "Other forms of cyberattack",
      "other:other", "unknown", "Security" },
    { "SYS-01", "SYS", "Sự cố nguồn điện", "Power failure", "availability:outage",
      "availability-system", "Infra" },
    { "SYS-02", "SYS", "Sự cố đường kết nối Internet", "Internet link failure",
      "availability:outage", "availability-service", "Infra" },
    { "SYS-03", "SYS", "Sự cố do lỗi phần mềm, phần cứng, ứng dụng của hệ thống thông tin",
      "Failure of software, hardware, application", "availability:outage", "availability-service",
      "Infra" },
    { "SYS-04", "SYS", "Sự cố liên quan đến quá tải hệ thống", "System overload",
      "availability:outage", "availability-service", "Infra" },
    { "SYS-05", "SYS", "Sự cố khác do lỗi của hệ thống, thiết bị, phần mềm, hạ tầng kỹ thuật",
      "Other failure of system, equipment, software, infrastructure", "availability:outage",
      "unknown", "Infra" },
    { "ADM-01", "ADM", "Lỗi trong cập nhật, thay đổi, cấu hình phần cứng",
      "Error in updating, changing, configuring hardware", "availability:misconfiguration",
      "integrity-configuration", "Infra" },
    { "ADM-02", "ADM", "Lỗi trong cập nhật, thay đổi, cấu hình phần mềm",
      "Error in updating, changing, configuring software", "availability:misconfiguration",
      "integrity-configuration", "Infra" },
    { "ADM-03", "ADM", "Lỗi liên quan đến chính sách và thủ tục an toàn thông tin",
      "Error relating to security policy and procedure", "other:other", "policy", "Infra" },
    { "ADM-04", "ADM", "Lỗi liên quan đến việc dừng dịch vụ vì lý do bắt buộc",
      "Error relating to a compulsory service stop", "availability:outage", "availability-service",
      "Infra" },
    { "ADM-05", "ADM", "Lỗi khác liên quan đến người quản trị, vận hành hệ thống",
      "Other error of administrator/operator", "other:other", "unknown", "Infra" },
    { "NAT-01", "NAT", "bão", "storm", "availability:outage", "damaged-system", "Met" },
    { "NAT-02", "NAT", "lụt", "flood", "availability:outage", "damaged-system", "Met" },
    { "NAT-03", "NAT", "động đất", "earthquake", "availability:outage", "damaged-system", "Geo" },
    { "NAT-04", "NAT", "hỏa hoạn", "fire", "availability:outage", "damaged-system", "Fire" },
    { "NAT-05", "NAT", "các sự cố gây mất an toàn thông tin mạng khác",
      "other events causing loss of network information security", "other:other", "unknown",
      "Other" },
};
const size_t tb_kind_count = sizeof tb_kinds / sizeof tb_kinds[0];

const struct tb_kind *tb_kind_of(const char *code)
{
    for (size_t i = 0; code && i < tb_kind_count; i++)
        if (strcmp(tb_kinds[i].code, code) == 0)
            return &tb_kinds[i];
    return NULL;
}
