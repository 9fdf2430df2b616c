#!/usr/bin/env bash
# The reads of the source's own ecs-monitor, daily error report and quick health check, written anew
# for any endpoint: one `aws` process after another, as they do it. Used by bench/infra_calls.py.
# Wants AWS, APP, API (addresses) and credentials in the environment.
set -u

CLUSTER="blue-sandbox"
SERVICES="api web sidekiq"
LAMBDA_LOG="/aws/lambda/qumis-llm-sandbox"

read_aws() { "${AWS_CLI:-aws}" --endpoint-url "$AWS" --region us-east-2 --output text "$@"; }

utc() { date -u -d "$1" "+%Y-%m-%dT%H:%M:%SZ"; }

millis() { echo "$(date -u -d "$1" +%s)000"; }

errors() { # group, start, end
  read_aws logs filter-log-events --log-group-name "$1" --filter-pattern ERROR \
    --start-time "$2" --end-time "$3" --query 'length(events)'
}

use() { # metric, service
  read_aws cloudwatch get-metric-statistics --namespace AWS/ECS --metric-name "$1" \
    --dimensions "Name=ServiceName,Value=$2" "Name=ClusterName,Value=$CLUSTER" \
    --start-time "$(utc '30 minutes ago')" --end-time "$(utc now)" --period 1800 \
    --statistics Average --query 'Datapoints[0].Average'
}

ecs_monitor() {
  # shellcheck disable=SC2086 # one argument for each service
  read_aws ecs describe-services --cluster "$CLUSTER" --services $SERVICES \
    --query 'services[*].[serviceName,status,runningCount,desiredCount,pendingCount]'
  for service in $SERVICES; do
    echo "$service: $(errors "ecs/blue/sandbox/$service" "$(millis '1 hour ago')" "$(millis now)") errors"
  done
  for service in $SERVICES; do
    echo "$service: CPU $(use CPUUtilization "$service"), memory $(use MemoryUtilization "$service")"
  done
  for service in $SERVICES; do
    echo "$service: $(read_aws ecs list-tasks --cluster "$CLUSTER" --service-name "$service" \
      --desired-status STOPPED --query 'length(taskArns)') stopped tasks"
  done
}

daily_error_report() {
  for hours in $(seq 0 23); do
    echo "$hours hours ago: $(errors "$LAMBDA_LOG" "$(millis "$hours hours ago")" \
      "$(millis "$((hours - 1)) hours ago")")"
  done
}

quick_health_check() {
  curl -f -s -o /dev/null "$APP/health" && echo "app OK"
  curl -f -s -o /dev/null "$API/health" && echo "api OK"
  echo "llm: $(errors "$LAMBDA_LOG" "$(millis '5 minutes ago')" "$(millis now)") errors"
}

for part in ecs_monitor daily_error_report quick_health_check; do
  began=$(date +%s.%N)
  "$part" || exit 1
  echo "took $part $(awk "BEGIN { print $(date +%s.%N) - $began }")"
done
