import type { Asked, HttpFault } from "./rules";

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

interface Refusal {
  status: number;
  type: string;
  message: string;
  date?: Date;
}

const twentyMinutesMs = 20 * 60_000;
/** Access and identity errors are 400 in the AWS JSON protocol, 403 in the REST and Query ones. */
const isRest = (service: string) => service === "airflow" || service === "sts";

const serviceMessage = {
  "500": { status: 500, type: "InternalServerException", message: "The request failed because of an internal error" },
  "503": { status: 503, type: "ServiceUnavailableException", message: "The service is temporarily unavailable" },
  "throttle-429": { status: 429, type: "TooManyRequestsException", message: "Too Many Requests" },
  "throttling-exception": { status: 400, type: "ThrottlingException", message: "Rate exceeded" },
} satisfies Partial<Record<HttpFault, Refusal>>;

function refusal(fault: HttpFault, asked: Asked, now: Date): Refusal | null {
  const rest = isRest(asked.service);
  switch (fault) {
    case "500":
    case "503":
    case "throttle-429":
      return serviceMessage[fault];
    case "throttling-exception":
      return asked.service === "sts" ? { ...serviceMessage[fault], type: "Throttling" } : serviceMessage[fault];
    case "expired-credentials":
      return {
        status: rest ? 403 : 400,
        type: asked.service === "sts" ? "ExpiredToken" : "ExpiredTokenException",
        message: "The security token included in the request is expired",
      };
    case "access-denied":
      return {
        status: rest ? 403 : 400,
        type: asked.service === "sts" ? "AccessDenied" : "AccessDeniedException",
        message: `User: arn:aws:sts::123456789012:assumed-role/penstock/penstock is not authorized to perform: ${prefix[asked.service] ?? asked.service}:${asked.operation} because no identity-based policy allows it`,
      };
    case "clock-skew":
      return {
        status: rest ? 403 : 400,
        type:
          asked.service === "airflow"
            ? "RequestTimeTooSkewed"
            : asked.service === "sts"
              ? "SignatureDoesNotMatch"
              : "InvalidSignatureException",
        message: "Signature expired: the time of the request is too far from the time of the server",
        date: new Date(now.getTime() + twentyMinutesMs),
      };
    default:
      return null;
  }
}

/** Services whose actions IAM names otherwise. */
const prefix: Record<string, string> = { monitoring: "cloudwatch" };

/** An error in the form of the service's protocol: XML for Query, else JSON with its type in header and body. */
function inForm(service: string, { status, type, message, date }: Refusal): Answer {
  const headers: Record<string, string> = date ? { date: date.toUTCString() } : {};
  if (service === "sts") {
    const body = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${type}</Code><Message>${message}</Message></Error><RequestId>0</RequestId></ErrorResponse>`;
    return { status, headers: { ...headers, "content-type": "text/xml" }, body };
  }
  const body = JSON.stringify({ __type: type, message, ...(service === "airflow" ? { Message: message } : {}) });
  return { status, headers: { ...headers, "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": type }, body };
}

/** What Airflow itself answered, as InvokeRestApi passes it on. */
function airflowSaid(status: number, detail: string): Answer {
  const type = status >= 500 ? "RestApiServerException" : "RestApiClientException";
  return {
    status: 400,
    headers: { "content-type": "application/json", "x-amzn-errortype": type },
    body: JSON.stringify({ RestApiStatusCode: status, RestApiResponse: { detail } }),
  };
}

const page = "<!doctype html><html><head><title>Sign in</title></head><body>Sign in to continue</body></html>";
const json = { "content-type": "application/x-amz-json-1.1" };
/** More than any answer that Penstock reads. */
const oversizedBytes = 9 * 1024 * 1024;

/** The answer that the fault gives instead of the service's own; null for those that change that one or give none. */
export function answerOf(fault: HttpFault, asked: Asked, now = new Date()): Answer | null {
  const refused = refusal(fault, asked, now);
  if (refused) return inForm(asked.service, refused);
  switch (fault) {
    case "html":
      return { status: 200, headers: { "content-type": "text/html; charset=utf-8" }, body: page };
    case "malformed":
      return { status: 200, headers: json, body: '{"taskArns": ["arn:aws:ecs' };
    case "oversized":
      return { status: 200, headers: json, body: JSON.stringify({ padding: "x".repeat(oversizedBytes) }) };
    case "airflow-403":
      return airflowSaid(403, "Forbidden");
    case "airflow-429":
      return airflowSaid(429, "Too many requests");
    case "airflow-503":
      return airflowSaid(503, "The metadata database does not answer");
    case "airflow-html":
      return {
        status: 200,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ RestApiStatusCode: 200, RestApiResponse: page }),
      };
    default:
      return null;
  }
}
