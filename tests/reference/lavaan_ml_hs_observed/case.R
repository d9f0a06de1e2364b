# Standard errors from the observed information.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, information = "observed")
write_case(fit)
