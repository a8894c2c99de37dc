# Without it Spark warns at each start on a host whose name resolves to loopback.
SPARK_LOCAL_IP=127.0.0.1
