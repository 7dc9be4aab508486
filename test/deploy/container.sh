# What a container engine does, by the kernel's own means: container.sh ROOT APP DATA NODE COMMAND...
# Runs COMMAND with APP as /app, read-only like all else but DATA as /data and an empty /tmp, as the user 10001 without capabilities,
# and becomes it. Needs root, and a mount namespace of its own, with which everything that is mounted here ends.
set -e
root=$1; app=$2; data=$3; node=$4
shift 4
mount -t tmpfs -o mode=0755 tmpfs "$root"
mkdir -p "$root/app" "$root/data" "$root/tmp" "$root/proc" "$root/dev" "$root/etc" "$root/usr/bin" "$root/usr/lib" "$root/usr/local/bin"
cp /etc/hosts "$root/etc/"
ln -s usr/lib "$root/lib"
if [ -d /usr/lib64 ]; then mkdir "$root/usr/lib64"; mount --bind /usr/lib64 "$root/usr/lib64"; ln -s usr/lib64 "$root/lib64"; fi
touch "$root/usr/local/bin/node"
mount --bind /usr/bin "$root/usr/bin"
mount --bind /usr/lib "$root/usr/lib"
mount --bind "$node" "$root/usr/local/bin/node"
mount --bind "$app" "$root/app"
mount -o remount,bind,ro "$root/app"
mount --bind "$data" "$root/data"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -o remount,ro "$root"
cd /
exec chroot "$root" setpriv --reuid=10001 --regid=10001 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs "$@"
