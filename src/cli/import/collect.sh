#!/bin/sh
# Collects one cluster of Amazon ECS for `stowplan import`. It only lists
# and describes. Which account and region: AWS_PROFILE, AWS_REGION.
#
#   sh collect.sh [CLUSTER [FOLDER]]
set -u
CLUSTER=${1:-@CLUSTER@}
FOLDER=${2:-$CLUSTER}
export CLUSTER
mkdir -p "$FOLDER" && cd "$FOLDER" || exit 2
rm -f clusters.json providers.json groups.json instances.json \
    tasks.json services.json definitions.json names.txt missing.txt

# What a call prints goes to a file, if it prints anything; what cannot be
# had is written to missing.txt, and the rest is collected.
keep() {
    file=$1
    shift
    if answer=$(aws "$@" --output json < /dev/null); then
        printf '%s\n' "$answer" >> "$file"
    else
        echo "aws $*" >> missing.txt
    fi
}

# names CALL: the ARNs that a list call prints, one on a line.
names() {
    aws ecs "$@" --cluster "$CLUSTER" --output text < /dev/null |
        tr '\t' '\n' | grep '^arn:' > names.txt
}

# describe FILE SIZE CALL OPTION: all of names.txt, SIZE in a call.
describe() {
    file=$1 size=$2 call=$3 option=$4
    set --
    while read -r arn; do
        set -- "$@" "$arn"
        if [ $# -eq "$size" ]; then
            keep "$file" ecs "$call" --cluster "$CLUSTER" "$option" "$@"
            set --
        fi
    done < names.txt
    [ $# -eq 0 ] ||
        keep "$file" ecs "$call" --cluster "$CLUSTER" "$option" "$@"
}

keep clusters.json ecs describe-clusters --clusters "$CLUSTER"
keep providers.json ecs describe-capacity-providers

# How large the groups of the providers may be, which ECS does not say.
cat providers.json 2> /dev/null | grep -o 'autoScalingGroupName/[^"]*' |
    sed 's,[^/]*/,,' | sort -u > names.txt
while IFS= read -r group; do
    keep groups.json autoscaling describe-auto-scaling-groups \
        --auto-scaling-group-names "$group"
done < names.txt

names list-container-instances
describe instances.json 100 describe-container-instances \
    --container-instances
names list-tasks
describe tasks.json 100 describe-tasks --tasks
names list-services
describe services.json 10 describe-services --services

cat tasks.json services.json 2> /dev/null |
    grep -o 'arn:[^"]*:task-definition/[^"]*' | sort -u > names.txt
while read -r arn; do
    keep definitions.json ecs describe-task-definition \
        --task-definition "$arn"
done < names.txt
rm -f names.txt

if [ -s missing.txt ]; then
    echo "not collected, see $FOLDER/missing.txt:" >&2
    sed 's/^/    /' missing.txt >&2
fi
echo "now: stowplan import $FOLDER/*.json -o $CLUSTER.toml" >&2
