# Three factors, complete ML.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data)
write_case(fit)
